"""A segment's page: the way of its recordings, their verdicts in words, what people decide on them."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from server.db.library import Segment, Topic
from server.db.registry import Organisation
from server.services import intake
from server.services.new_segments import NewSegment
from tests.server.api.conftest import Client
from tests.server.services.test_pushing import replace_recording
from tests.server.sounds import wav
from tests.server.vetted import approve_all
from tests.server.web.reading import words
from tests.server.worlds import World


def send(client: Client, file: Path, **said: str) -> str:
    """By the plain form; the code of the segment."""
    fields = {"title": "Hỏi đáp", "topic": "mot-cua", "language": "vi", "column": "cchc"} | said
    if "segment" in said:
        fields = said
    answer = client.post(
        "/tai-len", data=fields, files={"file": (file.name, file.read_bytes())}, follow_redirects=False
    )
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"]).rpartition("/")[2]


def decide(client: Client, code: str, action: str, **said: str) -> Any:
    return client.post(f"/bai/{code}/{action}", data={"number": "1", **said}, follow_redirects=False)


def with_lead(world: World) -> None:
    with world.change() as session:
        topic = session.exec(select(Topic).where(Topic.code == "mot-cua")).one()
        topic.lead_organisation_id = session.exec(select(Organisation.id).where(Organisation.code == "snv")).one()
        session.add(topic)
        session.add(Organisation(code="stp", name="Sở Tư pháp"))


@pytest.fixture
def too_short(api: Client, tmp_path: Path) -> str:
    return send(api, wav(tmp_path / "ngan.wav", seconds=12))


@pytest.fixture
def alike(api: Client, world: World, tmp_path: Path) -> str:
    """The second of two segments with the same sound, softer."""
    send(api, wav(tmp_path / "a.wav", seconds=25), title="Bài đầu tiên")
    approve_all(world.context)
    return send(api, wav(tmp_path / "b.wav", seconds=25, level=0.1), title="Bài giống")


def test_a_rejected_recording_says_what_failed_why_and_the_mend(api: Client, world: World, too_short: str) -> None:
    with_lead(world)
    page = api.get(f"/bai/{too_short}").text
    said = words(page)
    assert "✕ chưa đạt : có phép kiểm tra không đạt." in said
    assert re.search(r"✕ không đạt Thời lượng phát\. Phần được phát dài 12 giây, ngắn hơn mức 20 giây\.", said)
    assert "Cách sửa:" in said
    assert said.index("Thời lượng phát.") < said.index("phép kiểm tra đạt") < said.index("Cho phát dù chưa đạt")
    assert f'href="/tai-len?bai={too_short}"' in page
    assert "Tạo và tải bản không nén mất" not in said


def test_the_lead_of_the_topic_overrules_for_a_reason_that_stays(api: Client, world: World, too_short: str) -> None:
    with_lead(world)
    assert "Chỉ Sở Nội vụ, cơ quan chủ trì nội dung này" in words(api.get(f"/bai/{too_short}").text)
    answer = decide(api, too_short, "cho-phep", lead="snv", reason="Tin khẩn, ngắn là đúng")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/bai/{too_short}")
    said = words(api.get(f"/bai/{too_short}").text)
    assert "◔ chờ duyệt" in said
    assert "cho phát dù chưa đạt: Sở Nội vụ · 08:00 20/11/2026 «Tin khẩn, ngắn là đúng»" in said
    assert "✕ không đạt Thời lượng phát." in said


def test_a_refused_decision_stays_on_the_page_with_what_was_typed(api: Client, world: World, too_short: str) -> None:
    with_lead(world)
    answer = decide(api, too_short, "cho-phep", lead="stp", reason="Đã hỏi ý kiến")
    assert 400 <= answer.status_code < 500
    assert 'role="alert"' in answer.text
    assert ">Đã hỏi ý kiến</textarea>" in answer.text
    assert "✕ chưa đạt" in words(answer.text)


@pytest.mark.parametrize(
    ("action", "said"), [("cho-phep", {"lead": "snv", "reason": " "}), ("giu", {}), ("bo", {"reason": "a" * 501})]
)
def test_what_can_not_be_decided_is_refused_in_its_place(
    api: Client, world: World, too_short: str, action: str, said: dict[str, str]
) -> None:
    with_lead(world)
    answer = decide(api, too_short, action, **said)
    assert 400 <= answer.status_code < 500
    assert "✕ chưa đạt" in words(answer.text)


def test_a_likeness_is_named_and_both_can_be_heard(api: Client, alike: str) -> None:
    page = api.get(f"/bai/{alike}").text
    said = words(page)
    assert "△ chờ quyết định : nghe giống bài đã có, bạn quyết định giữ hay bỏ." in said
    assert re.search(r"Giống \d+ % với «Bài đầu tiên»", said)
    assert 'href="/bai/b0007"' in page
    players = re.findall(r'<audio [^>]*src="([^"]+)"[^>]*aria-label="([^"]+)"', page)
    assert [label for _, label in players][:2] == ["Bản vừa tải lên: Bài giống", "Bài đầu tiên"]
    for address, _ in players:
        assert api.get(address).status_code == 200


def test_what_sounds_alike_is_kept_when_somebody_says_so(api: Client, alike: str) -> None:
    assert decide(api, alike, "giu", reason="Bản ngắn hơn").status_code == 303
    said = words(api.get(f"/bai/{alike}").text)
    assert "◔ chờ duyệt" in said
    assert "giữ lại dù giống bài khác" in said
    assert "«Bản ngắn hơn»" in said


def test_what_is_discarded_leaves_the_list_but_not_the_records(api: Client, alike: str) -> None:
    assert f"/bai/{alike}" in api.get("/bai").text
    assert decide(api, alike, "bo", reason="Trùng").status_code == 303
    assert "· đã bỏ" in words(api.get(f"/bai/{alike}").text)
    assert f"/bai/{alike}" not in api.get("/bai").text
    assert f"/bai/{alike}" in api.get("/bai?state=discarded").text


def test_a_decision_on_an_older_recording_is_not_taken_for_one_on_the_newest(
    api: Client, alike: str, tmp_path: Path
) -> None:
    send(api, wav(tmp_path / "c.wav", seed=5), segment=alike)
    answer = decide(api, alike, "bo", number="2")
    assert 400 <= answer.status_code < 500
    assert "◔ chờ duyệt" in words(answer.text)


def test_a_recording_without_sound_is_refused_with_its_sentence(api: Client, tmp_path: Path) -> None:
    code = send(api, wav(tmp_path / "im.wav", level=0))
    said = words(api.get(f"/bai/{code}").text)
    assert "Bản ghi không có tiếng" in said
    assert "Cho phát dù chưa đạt" not in said
    assert "Bỏ bản ghi này" in said


def test_the_same_bytes_lead_to_the_segment_that_has_them(api: Client, tmp_path: Path) -> None:
    first = send(api, wav(tmp_path / "a.wav"))
    second = send(api, tmp_path / "a.wav", title="Gửi lại")
    page = api.get(f"/bai/{second}").text
    assert re.search(f'class="refused">✕ [^<]+ <a href="/bai/{first}">', page)


def test_a_recording_on_its_way_says_its_step_and_how_far_it_is(api: Client, world: World, tmp_path: Path) -> None:
    source = world.context.incoming / "cho"
    shutil.copyfile(wav(tmp_path / "a.wav"), source)
    new = NewSegment(title="Đang chờ", topic="mot-cua", language="vi")
    version = intake.submit(world.context, source, file_name="a.wav", new=new, replaces=None, upload_id=None)
    page = api.get("/bai/b0007").text
    said = words(page)
    assert "◔ đang xử lý : đã nhận tệp, chờ đến lượt · 0 %" in said
    assert '<progress max="100" value="0"' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert 'data-follow="/api/v1/segments/b0007/events"' in page
    assert "◔ đang xử lý" in words(api.get("/bai").text)
    intake.identify(world.context, version)
    intake.examine(world.context, version)
    halfway = api.get("/bai/b0007").text
    assert "đưa về đúng độ to và tạo các bản phát · 30 %" in words(halfway)
    assert 'class="sound"' in halfway
    intake.settle(world.context, version)
    assert "refresh" not in api.get("/bai/b0007").text


def test_a_newer_recording_that_fails_leaves_the_one_in_force(api: Client, world: World, tmp_path: Path) -> None:
    code = send(api, wav(tmp_path / "a.wav"))
    approve_all(world.context)
    send(api, wav(tmp_path / "b.wav", seconds=12, seed=2), segment=code)
    said = words(api.get(f"/bai/{code}").text)
    assert "✓ dùng được" in said
    assert "Bản ghi mới, số 2 ✕ chưa đạt" in said
    assert "Bản đang dùng, số 1" in said
    assert "✕ chưa đạt bản ghi mới" in words(api.get("/bai").text)


def test_a_newer_recording_is_put_into_published_slots_on_purpose(api: Client, world: World) -> None:
    replace_recording(world, "b0001")
    before = api.get("/bai/b0001").text
    assert "Thay trong lịch đã công bố" not in words(api.get("/bai/b0002").text)
    assert "Thay trong lịch đã công bố" in words(before)
    refused = decide(api, "b0001", "thay", reason="")
    assert refused.status_code == 400
    done = decide(api, "b0001", "thay", reason="Số liệu mới")
    assert done.status_code == 303
    said = words(api.get(done.headers["location"]).text)
    assert re.search(r"Đã thay ở [1-9]\d* khung phát\.", said)
    again = decide(api, "b0001", "thay", reason="Số liệu mới")
    assert "Không còn khung nào phát bản ghi cũ." in words(api.get(again.headers["location"]).text)


def test_the_few_lines_for_the_page_of_uploads_are_no_page(api: Client, too_short: str) -> None:
    answer = api.get(f"/bai/{too_short}/ket-qua")
    assert "<html" not in answer.text
    assert words(answer.text).startswith("✕ chưa đạt ·")
    assert "Phần được phát dài 12 giây" in answer.text
    assert f'href="/bai/{too_short}"' in answer.text
    assert api.get("/bai/b9999/ket-qua").status_code == 404


def test_addresses_of_decisions_lead_back_and_others_nowhere(api: Client) -> None:
    answer = api.get("/bai/b0001/giu?lang=en", follow_redirects=False)
    assert answer.headers["location"] == "/bai/b0001/giu"
    assert api.get("/bai/b0001/giu", follow_redirects=False).headers["location"] == "/bai/b0001"
    assert api.get("/bai/b0001/khac").status_code == 404
    assert decide(api, "b0001", "khac").status_code == 405
    assert decide(api, "b9999", "giu").status_code == 404


def test_another_site_decides_nothing(api: Client, too_short: str) -> None:
    answer = api.post(
        f"/bai/{too_short}/bo", data={"number": "1"}, headers={"Origin": "https://evil.example"}, follow_redirects=False
    )
    assert answer.status_code == 403
    assert "✕ chưa đạt" in words(api.get(f"/bai/{too_short}").text)


def test_names_of_files_and_titles_are_shown_as_text(api: Client, tmp_path: Path) -> None:
    wav(tmp_path / "a.wav").rename(tmp_path / "<img src=x onerror=alert(1)>.wav")
    code = send(api, tmp_path / "<img src=x onerror=alert(1)>.wav", title="<script>alert(1)</script>")
    page = api.get(f"/bai/{code}").text
    assert "<script>alert" not in page
    assert "<img" not in page + api.get(f"/bai/{code}/ket-qua").text + api.get("/bai").text


def test_an_empty_library_says_what_to_do_first(world: World, api: Client) -> None:
    with world.change() as session:
        for segment in session.exec(select(Segment)):
            segment.state = "discarded"
            session.add(segment)
    page = api.get("/bai").text
    assert 'href="/tai-len"' in page
    assert "Tải lên bài đầu tiên" in words(page)
