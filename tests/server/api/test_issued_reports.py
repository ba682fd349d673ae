"""Reports that are handed out: kept as they were, checked by anybody, and nobody alters one unseen."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlmodel import Session, col, delete, select

from server.api.doorway import Doorway
from server.api.pace import Pace
from server.app import create_app
from server.db.library import Topic
from server.db.registry import Organisation, OrganisationRole, Station
from server.services.closings import close_month
from server.services.issued_checks import fault_sentence, verify_reports
from server.services.report_errands import kept_report, long_report, order_report
from server.services.report_figures import report_figures
from server.services.report_refusals import ReportNotMade
from server.services.reports import make_report
from tests.server.api.conftest import BASE, Client, client_of
from tests.server.databases import behind as past_triggers
from tests.server.errands import Waiting
from tests.server.homes import copy_home
from tests.server.people import add_person
from tests.server.reports.qr_reading import matrix_of, qr_of_pdf, qr_of_word
from tests.server.reports.reading import pdf_text, squeezed, word_tables, word_text
from tests.server.reports.test_same_numbers import cells_of, seen
from tests.server.web.reading import words
from tests.server.worlds import MONTH, World, open_world

AFTER = datetime(2027, 1, 5, 1, 0, tzinfo=UTC)
PROOF = "/api/v1/proof/2026-12/stations/h654"
AIRED = "/api/v1/stations/h654/as-run"
FORMATS = ("docx", "pdf", "xlsx")


@pytest.fixture(scope="module")
def closed_home(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """December is closed, all but one slot of the district station told of, and its report handed out."""
    home = copy_home(sounding_home.context.home, tmp_path_factory.mktemp("issued") / "home")
    world = open_world(home, now=AFTER, keys=dict(sounding_home.keys))
    with world.change() as session:
        session.add(Organisation(code="so-tu-phap", name="Sở Tư pháp"))
        session.flush()
        leads = dict(session.exec(select(Organisation.code, Organisation.id)).all())
        for topic in session.exec(select(Topic)):
            topic.lead_organisation_id = leads["snv" if topic.code == "mot-cua" else "so-tu-phap"]
    with client_of(world.context, who=add_person(world.context, "giam-sat", ["monitor", "operator"])) as monitor:
        slots = monitor.get(PROOF).json()["slots"]
        assert monitor.post(AIRED, json={"statements": [{"slot": slot["key"]} for slot in slots[:-1]]}).json()["new"]
        world.now += timedelta(minutes=1)
        close_month(world.context, MONTH)
        world.now += timedelta(minutes=1)
        made = monitor.post("/api/v1/reports/2026-12", json={})
        assert made.status_code == 201, made.text
    world.context.close()
    return world


@pytest.fixture
def issued(closed_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = copy_home(closed_home.context.home, tmp_path_factory.mktemp("issued") / "home")
    world = open_world(home, now=AFTER + timedelta(hours=1), keys=dict(closed_home.keys))
    yield world
    world.context.close()


@pytest.fixture
def monitor(issued: World) -> Client:
    return client_of(issued.context, who=add_person(issued.context, "giam-sat", ["monitor"]))


def somebody(world: World) -> Client:
    """Whom nobody knows."""
    return TestClient(create_app(world.context), base_url=BASE, raise_server_exceptions=False)


def the_report(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/issued-reports").json()[0]
    return found


def files_of(client: Client, code: str) -> dict[str, bytes]:
    return {each: client.get(f"/api/v1/issued-reports/{code}/file?format={each}").content for each in FORMATS}


def checked(client: Client, code: str, name: str, content: bytes) -> str:
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get(f"/kiem-tra/{code}").text)
    assert csrf is not None
    answer = client.post(f"/kiem-tra/{code}", data={"csrf": csrf[1]}, files={"file": (name, content)})
    assert answer.status_code == 200
    return words(answer.text)


def behind(world: World, *statements: str) -> None:
    """Rows are changed past the triggers."""
    with past_triggers(world.context) as database:
        for statement in statements:
            database.execute(statement)


def test_whoever_holds_the_paper_finds_what_was_handed_out(issued: World, monitor: Client) -> None:
    report = the_report(monitor)
    code, url = report["code"], f"{BASE}/kiem-tra/{report['code']}"
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{4}(-[2-9A-HJKMNP-Z]{4}){2}", code)
    assert (report["final"], report["closing"], report["made_by"]) == (True, "2026-12/0", "giam-sat")
    files = files_of(monitor, code)
    assert {each["format"]: each["sha256"] for each in report["files"]} == {
        format_: sha256(content).hexdigest() for format_, content in files.items()
    }
    matrix = matrix_of(url)
    assert qr_of_word(files["docx"], len(matrix)) == matrix
    assert qr_of_pdf(files["pdf"], len(matrix)) == matrix
    summary = dict(row[:2] for row in cells_of(files["xlsx"], "Tổng hợp"))
    assert (summary["Mã báo cáo"], summary["Kiểm tra tại"], summary["Tình trạng số liệu"]) == (code, url, "Đã chốt")
    for text in (word_text(files["docx"]), pdf_text(files["pdf"])):
        assert "tạm tính" not in text
    with somebody(issued) as reader:
        answer = reader.get(f"/kiem-tra/{code.lower().replace('-', '')}")
        page = words(answer.text)
        assert "✓ Số liệu đúng là số liệu đã chốt" in page
        assert "Cơ quan van-phong phát hành lúc 08:02 Thứ Ba 05/01/2027." in page
        assert "giam-sat" not in page
        assert "h654" not in page
        for each in report["files"]:
            assert each["sha256"][:32] in answer.text
        assert "đúng từng byte là tệp PDF" in checked(reader, code, "a.pdf", files["pdf"])
        assert "đúng từng byte là tệp Word" in checked(reader, code, "a.docx", files["docx"])
        altered = files["xlsx"][:-1] + bytes([files["xlsx"][-1] ^ 1])
        assert "không phải là tệp nào của báo cáo này" in checked(reader, code, "a.xlsx", altered)
        assert reader.get("/kiem-tra/AAAA-BBBB-CCCC").status_code == 404
        assert reader.get("/kiem-tra?code=aaaa", follow_redirects=False).headers["location"] == "/kiem-tra/aaaa"
    assert verify_reports(issued.context) == []
    listed = monitor.get("/bao-cao")
    assert f'href="/kiem-tra/{code}"' in listed.text
    assert "đã chốt" in words(listed.text)


def test_who_asks_in_haste_waits(issued: World) -> None:
    app = create_app(issued.context, doorway=Doorway(pace=Pace(checks=2)))
    with TestClient(app, base_url=BASE) as reader:
        answers = [reader.get("/kiem-tra/AAAA-BBBB-CCCC").status_code for _ in range(3)]
    assert answers == [404, 404, 429]


@pytest.mark.of_sqlite("its words for what is in JSON")
@pytest.mark.parametrize(
    ("statement", "told", "shown"),
    [
        (
            "UPDATE report SET figures = json_set(figures, '$.rows[0].counted_ms', 999000)",
            "số liệu của đài h654 đã bị sửa",
            "không còn như lúc phát hành",
        ),
        (
            "UPDATE report SET figures = json_set(figures, '$.office.agency', 'Sở khác')",
            "số liệu đã bị sửa",
            "không còn như lúc phát hành",
        ),
        ("UPDATE report SET made_by = 'ai-khac'", "đã bị sửa", "không còn như lúc phát hành"),
        (
            "UPDATE report_file SET content = content || x'00' WHERE format = 'pdf'",
            "tệp pdf đã bị sửa",
            "không còn như lúc phát hành",
        ),
        (
            "UPDATE closed_figure SET figures = json_set(figures, '$.counted_ms', 999000) WHERE station = 'h654' and rule != ''",
            "",
            "không còn nguyên vẹn",
        ),
        ("UPDATE report SET figures = json_set(figures, '$.rows', 7)", "số liệu đã bị sửa", "không đọc được"),
    ],
)
def test_what_was_changed_behind_the_application_is_found_and_named(
    issued: World, monitor: Client, statement: str, told: str, shown: str
) -> None:
    code = the_report(monitor)["code"]
    behind(issued, statement)
    sentences = [fault_sentence(each) for each in verify_reports(issued.context)]
    assert bool(sentences) == bool(told)
    assert not told or any(sentence.startswith(f"Báo cáo {code}") and told in sentence for sentence in sentences)
    answer = monitor.get("/api/v1/closings/verification").json()
    assert answer["whole"] is False
    with somebody(issued) as reader:
        page = words(reader.get(f"/kiem-tra/{code}").text)
    assert shown in page
    assert "✓ Số liệu" not in page


def test_a_file_with_its_hash_or_a_whole_report_that_is_made_up_is_found_by_the_trail(issued: World) -> None:
    behind(
        issued,
        "UPDATE report_file SET content = '', sha256 = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d' WHERE format = 'pdf'",
        "INSERT INTO report (code, kind, period, scope, made_at, made_by, figures, hash) SELECT 'AAAA', kind, period, scope, made_at, made_by, figures, hash FROM report",
    )
    found = {(each.what, each.how, each.code == "AAAA") for each in verify_reports(issued.context)}
    assert {("report", "altered", False), ("report", "added", True)} <= found


def test_an_amended_month_tells_what_changed_on_the_page_and_in_all_formats(issued: World, monitor: Client) -> None:
    old = the_report(monitor)["code"]
    before = report_figures(issued.context, "2026-12")
    last = monitor.get(PROOF).json()["slots"][-1]["key"]
    officer = client_of(issued.context)
    assert officer.post(AIRED, json={"statements": [{"slot": last}]}).json()["new"] == 1
    # What came later is no part of what was closed.
    assert report_figures(issued.context, "2026-12").rows == before.rows
    issued.now += timedelta(minutes=1)
    close_month(issued.context, MONTH, reason="Nhật ký giấy đến muộn")
    issued.now += timedelta(minutes=1)
    after = report_figures(issued.context, "2026-12")
    [change] = after.changes
    [now] = [row for row in after.rows if row.code == "h654"]
    [was] = [row for row in before.rows if row.code == "h654"]
    assert (change.counted_before_ms, change.counted_ms) == (was.counted_ms, now.counted_ms)
    assert was.counted_ms < now.counted_ms
    new = monitor.post("/api/v1/reports/2026-12", json={}).json()
    assert new["closing"] == "2026-12/1"
    with somebody(issued) as reader:
        told_of = reader.get(f"/kiem-tra/{old}").text
        assert "đã được chốt bổ sung lần 1" in words(told_of)
        assert "✓ Số liệu đúng là số liệu đã chốt" in words(told_of)
        assert f'href="/kiem-tra/{new["code"]}"' in told_of
        assert "bổ sung" not in words(reader.get(f"/kiem-tra/{new['code']}").text).partition("Số liệu chính")[0]
    files = files_of(monitor, new["code"])
    [table] = [each for each in word_tables(files["docx"]) if "Kế hoạch trước" in each[0]]
    told = table[1]
    assert told[6:8] == [f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}" for ms in (was.counted_ms, now.counted_ms)]
    assert squeezed("".join(told)) in squeezed(pdf_text(files["pdf"]))
    [in_sheet] = cells_of(files["xlsx"], "Thay đổi")[2:]
    assert [seen(cell) for cell in in_sheet[6:8]] == told[6:8]
    assert in_sheet[16:18] == (was.counted_ms, now.counted_ms)
    page = words(monitor.get("/bao-cao/2026-12").text)
    assert f"{told[6]} → {told[7]}" in page
    for text in (word_text(files["docx"]), pdf_text(files["pdf"]), page):
        assert squeezed("Nhật ký giấy đến muộn") in squeezed(text)


def office_of(session: Session, code: str) -> int:
    """A new one."""
    office = Organisation(code=code, name=f"Sở {code}")
    session.add(office)
    session.flush()
    return office.id or 0


def test_what_is_not_closed_is_handed_out_as_provisional(world: World) -> None:
    world.now = AFTER
    with client_of(world.context) as client:
        report = client.post("/api/v1/reports/2026-12", json={"district": "654"}).json()
        assert (report["final"], report["closing"], report["scope"]) == (False, None, "district:654")
        text = word_text(client.get(f"/api/v1/issued-reports/{report['code']}/file?format=docx").content)
        assert "Số liệu tạm tính: tháng 12/2026 chưa chốt." in text
        assert f"Số liệu tạm tính, mã {report['code']}" in text
        close_month(world.context, MONTH)
    with somebody(world) as reader:
        page = words(reader.get(f"/kiem-tra/{report['code']}").text)
    assert "△ Số liệu tạm tính" in page
    assert "Sau đó tháng 12/2026 đã được chốt" in page


def test_a_lead_reports_what_was_aired_of_its_own_topics_and_of_no_others(issued: World, monitor: Client) -> None:
    slots = monitor.get(PROOF).json()["slots"]
    topics = {each["code"]: each["topic"] for each in monitor.get("/api/v1/segments?limit=200").json()["items"]}
    own = [item for slot in slots for item in slot["items"] if topics[item["segment"]] == "the-che"]
    heard = [item for slot in slots[:-1] for item in slot["items"] if topics[item["segment"]] == "the-che"]
    assert heard
    figures = report_figures(issued.context, "2026-12", lead="so-tu-phap")
    [row] = [each for each in figures.rows if each.code == "h654"]
    assert (row.planned_ms, row.counted_ms) == tuple(sum(item["planned_ms"] for item in each) for each in (own, heard))
    assert (row.required_ms, row.short_ms) == (0, 0)
    [topic] = figures.topics
    assert (topic.topic, topic.lead) == ("Thể chế", "Sở Tư pháp")
    assert topic.counted_ms == sum(each.counted_ms for each in figures.rows)
    person = add_person(issued.context, "tu-phap", ["lead"], organisation="so-tu-phap")
    with client_of(issued.context, who=person) as lead:
        page = lead.get("/bao-cao/2026-12/chu-tri/so-tu-phap").text
        made = lead.post(
            "/bao-cao/2026-12/chu-tri/so-tu-phap",
            data={"csrf": re.findall(r'name="csrf" value="([^"]+)"', page)[0]},
            follow_redirects=False,
        )
        assert made.status_code == 303
        [report] = lead.get("/api/v1/issued-reports").json()
        assert report["agency"] == "Sở Tư pháp"
        assert made.headers["location"] == f"/bao-cao#{report['code']}"
        files = files_of(lead, report["code"])
        [table] = [each for each in word_tables(files["docx"]) if each[0][0] == "STT" and len(each[0]) == 16]
        in_word = next(each for each in table if each[1] == row.name)
        counted = f"{row.counted_ms // 60_000:02d}:{row.counted_ms // 1000 % 60:02d}"
        assert in_word[12] == counted
        assert squeezed("".join(in_word)) in squeezed(pdf_text(files["pdf"]))
        [in_sheet] = [each for each in cells_of(files["xlsx"], "Chi tiết đài") if each[1] == "h654"]
        assert [seen(cell) for cell in in_sheet[8:16]] == in_word[6:14]
        assert list(in_sheet[19:27]) == [
            0,
            *(getattr(row, f"{name}_ms") for name in ("planned", "delivered", "reported", "logged", "heard")),
            row.counted_ms,
            0,
        ]
        assert counted in words(page)
        # Nothing beyond its own.
        province = the_report(monitor)
        for address in (
            "/bao-cao/2026-12",
            "/bao-cao/2026-12/chu-tri/snv",
            "/bao-cao/mau",
            *(
                f"/api/v1/issued-reports/{each['code']}/file"
                for each in monitor.get("/api/v1/issued-reports").json()[1:]
            ),
        ):
            assert lead.get(address).status_code == 403, address
        assert province["scope"] == "lead:so-tu-phap"
        assert "cả tỉnh" not in words(lead.get("/bao-cao").text)
    assert monitor.get("/api/v1/reports/2026-12/leads/snv?format=xlsx").status_code == 200
    with issued.change() as session:
        session.add(
            Topic(code="moi", name="Mới", weight=1.0, position=3, lead_organisation_id=office_of(session, "moi"))
        )
    silent = report_figures(issued.context, "2026-12", lead="moi")
    assert (silent.rows, [(each.topic, each.airings) for each in silent.topics]) == ((), [("Mới", 0)])
    refused = monitor.get("/api/v1/reports/2026-12/leads/khong-co")
    assert (refused.status_code, refused.json()["code"]) == (404, "reports.nothing_led")
    with somebody(issued) as reader:
        assert "✓ Số liệu lấy từ nhật ký đã chốt" in words(reader.get(f"/kiem-tra/{report['code']}").text)


def test_what_is_renamed_or_leaves_later_changes_no_closed_report(issued: World) -> None:
    before = report_figures(issued.context, "2026-12")
    with issued.change() as session:
        for station in session.exec(select(Station)):
            station.name = f"Đài khác {station.code}"
            station.valid_to = datetime(2026, 12, 1, tzinfo=UTC).date()
    after = report_figures(issued.context, "2026-12")
    names = [(row.code, row.name, row.required_ms, row.counted_ms, row.status) for row in after.rows]
    assert sorted(names) == sorted(
        (row.code, row.name, row.required_ms, row.counted_ms, row.status) for row in before.rows
    )


def test_a_report_of_very_many_stations_is_made_by_a_worker_and_found_wherever_it_is_asked_for(issued: World) -> None:
    waiting = Waiting()
    context = replace(issued.context, few_stations=0)
    monitor = client_of(context, who=add_person(context, "giam-sat", ["monitor"]))
    other = client_of(context, who=add_person(context, "giam-sat-2", ["monitor"]))
    worker = monitor.app.state.context
    for client in (monitor, other):
        client.app.state.context.jobs = waiting
    assert monitor.get("/api/v1/reports/2026-12?format=pdf").json()["code"] == "reports.not_made"
    page = monitor.get("/bao-cao/2026-12").text
    assert "Lập báo cáo để xem" in page
    assert "tháng 12 năm 2026" in page
    csrf = token_of(page)
    assert "đang lập" in words(monitor.post("/bao-cao/2026-12/lap", data=csrf).text)
    assert "đang lập" in words(other.get("/bao-cao/2026-12").text)
    assert waiting.next(worker) == "done"
    step, waiting.stopping = waiting.steps[0], True
    assert waiting.next(worker) == "nothing"
    waiting.stopping, waiting.steps = False, [step]
    assert waiting.all(worker) == ["done"] * 2
    assert "Lập lại với số liệu lúc này" in other.get("/bao-cao/2026-12").text
    for format_ in FORMATS:
        found = other.get(f"/api/v1/reports/2026-12?format={format_}")
        assert found.content == monitor.get(f"/api/v1/reports/2026-12?format={format_}").content
        direct = make_report(issued.context, "2026-12", format=format_)
        assert len(found.content) == pytest.approx(len(direct.content), rel=0.01)
    again = monitor.post("/api/v1/reports/2026-12/runs", headers={"X-CSRF-Token": csrf["csrf"]})
    assert again.status_code == 202
    assert other.get(again.headers["location"]).json()["state"] == "running"
    assert (
        monitor.delete(again.headers["location"], headers={"X-CSRF-Token": csrf["csrf"]}).json()["state"] == "cancelled"
    )
    assert set(waiting.all(worker)) == {"nothing"}
    before = len(other.get("/api/v1/issued-reports").json())
    assert "đang phát hành" in words(monitor.post("/bao-cao/2026-12", data=csrf).text)
    assert waiting.all(worker) == ["done"] * 3
    made = other.get("/api/v1/issued-reports").json()
    assert len(made) == before + 1
    assert (made[0]["made_by"], made[0]["final"]) == ("giam-sat", True)
    assert verify_reports(context) == []


def test_a_report_that_was_made_for_one_office_is_not_shown_to_another(issued: World) -> None:
    with issued.change() as session:
        session.exec(delete(OrganisationRole).where(col(OrganisationRole.role) == "monitor"))
        offices = [Organisation(code=code, name=name) for code, name in (("vp-ubnd", "Văn phòng"), ("ttvh", "Sở VHTT"))]
        session.add_all(offices)
    waiting = Waiting()
    one, other = (
        replace(
            issued.context,
            few_stations=0,
            jobs=waiting,
            who=replace(issued.context.who, name=office.code, organisation_id=office.id),
        )
        for office in offices
    )
    for context in (one, other):
        with pytest.raises(ReportNotMade):
            kept_report(context, "2026-12", "docx")
        order_report(context, "2026-12")
        assert waiting.all(context) == ["done"] * 3
        assert long_report(context, "2026-12").made_at is not None
    for context, name in ((one, "VĂN PHÒNG"), (other, "SỞ VHTT")):
        assert name in word_text(kept_report(context, "2026-12", "docx").content)


def token_of(page: str) -> dict[str, str]:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return {"csrf": found[1]}
