"""The page of uploads as it works without script, and what it gives the script to work with."""

import json
import re
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from server.services.upload_limits import UploadLimits
from server.services.waveforms import waveform_of
from server.services.who import NOBODY
from server.texts import in_language
from server.web import static_files
from server.web.rendering import ENVIRONMENT
from tests.server.api.conftest import Client, client_of
from tests.server.people import in_english
from tests.server.sounds import wav
from tests.server.vetted import approve_all
from tests.server.web.reading import words
from tests.server.worlds import World

SAID = {"topic": "mot-cua", "language": "vi", "column": "cchc", "priority": "normal", "title": "Nộp hồ sơ ở xã"}


def send(client: Client, file: Path | None, *, name: str | None = None, **said: str) -> Any:
    """As a browser does: a field that nothing was typed in is there and empty, a file that was not chosen too."""
    fields = {"producer": "", "valid_from": "", "valid_to": "", "note": "", **SAID, **said}
    content = (name or file.name, file.read_bytes()) if file else ("", b"")
    return client.post("/tai-len", data=fields, files={"file": content}, follow_redirects=False)


def test_a_file_sent_by_the_plain_form_leads_to_its_segment(api: Client, world: World, tmp_path: Path) -> None:
    answer = send(api, wav(tmp_path / "mot-cua.wav"), note="Thu ở phòng nhỏ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/bai/b0007")
    page = api.get("/bai/b0007").text
    said = words(page)
    assert "Nộp hồ sơ ở xã" in said
    assert "◔ chờ duyệt" in said
    assert "Thu ở phòng nhỏ" in said
    assert "phép kiểm tra đạt" in said
    assert "0:21" in said
    assert waveform_of(world.context, "b0007", 1)
    assert 'class="sound"' in page
    for address in set(re.findall(r"/api/v1/audio/\w+\.\w+", page)):
        assert api.get(address).status_code == 200


def test_without_a_title_the_file_gives_it(api: Client, tmp_path: Path) -> None:
    send(api, wav(tmp_path / "a.wav"), name="Một cửa ở Ea Yông (bản 2).wav", title=" ")
    assert api.get("/api/v1/segments/b0007").json()["title"] == "Một cửa ở Ea Yông (bản 2)"


def test_no_incoming_file_is_left_behind(api: Client, world: World, tmp_path: Path) -> None:
    send(api, wav(tmp_path / "a.wav"))
    send(api, wav(tmp_path / "b.wav", seed=2), topic="khong-co")
    assert [path for path in world.context.incoming.iterdir() if path.is_file()] == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"topic": ""}, "Hãy chọn nội dung của bài"),
        ({"topic": "khong-co"}, "khong-co"),
        ({"valid_from": "2026-12-05", "valid_to": "2026-12-01"}, "2026-12-01"),
        ({"title": "a" * 201}, "200"),
    ],
)
def test_what_was_typed_stays_when_it_is_refused(
    api: Client, tmp_path: Path, wrong: dict[str, str], sentence: str
) -> None:
    answer = send(api, wav(tmp_path / "a.wav"), **{"note": "Bản nháp", "priority": "urgent"} | wrong)
    assert 400 <= answer.status_code < 500
    assert sentence in words(answer.text)
    assert 'role="alert"' in answer.text
    assert 'value="Bản nháp"' in answer.text
    assert re.search(r'<option value="urgent" selected', answer.text)
    assert api.get("/api/v1/segments").json()["total"] == 6


def test_a_form_without_a_file_asks_for_one(api: Client) -> None:
    answer = send(api, None)
    assert answer.status_code == 400
    assert "Hãy chọn tệp âm thanh" in words(answer.text)
    assert 'value="Nộp hồ sơ ở xã"' in answer.text


def test_a_newer_recording_takes_the_place_of_the_older_one(api: Client, world: World, tmp_path: Path) -> None:
    send(api, wav(tmp_path / "a.wav"))
    approve_all(world.context)
    assert "Nộp hồ sơ ở xã" in words(api.get("/tai-len?bai=b0007").text)
    answer = api.post(
        "/tai-len",
        data={"segment": "b0007"},
        files={"file": ("moi.wav", wav(tmp_path / "b.wav", seconds=22, seed=2).read_bytes())},
        follow_redirects=False,
    )
    assert answer.headers["location"] == "/bai/b0007"
    waiting = words(api.get("/bai/b0007").text)
    assert re.search(r"2 ◔ chờ duyệt người gửi: moi-viec moi\.wav", waiting)
    approve_all(world.context)
    said = words(api.get("/bai/b0007").text)
    assert re.search(r"2 ✓ dùng được đang dùng người gửi: moi-viec moi\.wav", said)
    assert re.search(r"1 ✓ dùng được người gửi: moi-viec ", said)


def test_a_recording_for_a_segment_that_is_not_there_is_refused(api: Client, tmp_path: Path) -> None:
    assert api.get("/tai-len?bai=b9999").status_code == 404
    file = {"file": ("a.wav", wav(tmp_path / "a.wav").read_bytes())}
    assert api.post("/tai-len", data={"segment": "b9999"}, files=file).status_code == 404


def test_the_script_gets_its_texts_from_the_page(reader: Client) -> None:
    page = reader.get("/tai-len").text
    texts = json.loads(unescape(re.search(r"data-texts='([^']+)'", page)[1]))  # type: ignore[index]  # it is there
    script = (Path(static_files.__file__).parent / "scripts/uploading.js").read_text("utf-8")
    asked = set(re.findall(r'say\("(\w+)"', script))
    assert asked == set(texts) - {"steps", "hints"}
    assert list(texts["steps"]) == sorted(texts["steps"])
    assert "conclude" in texts["steps"]
    # All that people read comes from the page.
    assert not re.search("[À-ỹ]", script)
    served = re.search(r'src="(/static/uploading\.js[^"]+)"', page)
    assert served
    assert "tus" in reader.get(served[1]).text


def test_the_script_speaks_english_on_an_english_page(reader: Client) -> None:
    page = reader.get("/tai-len", headers=in_english(reader)).text
    assert "all sent, waiting to be checked" in page
    assert 'lang="en"' in page


def test_scripts_are_our_own_files_and_stand_in_no_page(reader: Client) -> None:
    answer = reader.get("/tai-len")
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL)
    assert len(scripts) == 2
    assert all(not inside for _, inside in scripts)
    for attributes, _ in scripts:
        address = re.search(r'src="(/static/[^"]+)"', attributes)
        assert address
        assert reader.get(address[1]).headers["content-type"] == "text/javascript; charset=utf-8"
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "default-src 'self';" in answer.headers["content-security-policy"]


def test_the_licences_of_the_library_are_served_beside_it(reader: Client) -> None:
    assert "Permission is hereby granted" in reader.get("/static/scripts.licenses.txt").text


def test_without_the_library_the_page_says_what_to_do_and_the_form_still_works() -> None:
    with in_language("vi"):
        page = ENVIRONMENT.get_template("upload.html").render(
            path="/tai-len",
            query="",
            csrf="",
            who=NOBODY,
            may=lambda _right: True,
            waiting=lambda: 0,
            active="upload",
            sample=False,
            replaced=None,
            topics=[],
            columns=[],
            producers=[],
            languages=["vi"],
            priorities=["normal"],
            given=dict.fromkeys(("title", "topic", "language", "column", "priority", "producer", "note", "submit"), "")
            | {"valid_from": date(2026, 11, 20), "valid_to": ""},
            refusal=None,
            target=-23.0,
            limits=UploadLimits(),
            accepted="audio/*",
            sent=None,
            texts={},
            static=lambda _name: None,
            script=lambda _name: "",
            asked_at=None,
            tour=[],
        )
    assert "make setup" in words(page)
    assert "<script" not in page
    assert 'method="post" action="/tai-len" enctype="multipart/form-data"' in page


def test_limits_are_told_before_anything_is_sent(world: World) -> None:
    world.context.uploads = UploadLimits(max_size=5_000_000, types=("audio/wav",))
    with client_of(world.context) as client:
        page = client.get("/tai-len").text
    assert "mỗi tệp nhiều nhất 5,0 MB" in words(page)
    assert 'accept="audio/wav"' in page
