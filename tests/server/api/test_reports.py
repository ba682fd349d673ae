"""Reports over HTTP: the page, Word, PDF and Excel say the same of what was aired."""

import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pypdfium2
import pytest

from schedules.months import Month
from server.services.station_logbooks import weeks_of
from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
from tests.server.reports.reading import WORD_BODY, changed, word_tables, word_text
from tests.server.web.reading import words
from tests.server.worlds import World

AFTER = datetime(2027, 1, 5, 1, 0, tzinfo=UTC)
PROOF = "/api/v1/proof/2026-12/stations/h654"


@pytest.fixture
def january(world: World) -> World:
    """December is over, and all but one of its slots at the district station were said to have been aired."""
    world.now = AFTER
    return world


@pytest.fixture
def monitor(january: World) -> Client:
    client = client_of(january.context)
    slots = client.get(PROOF).json()["slots"]
    said = [{"slot": slot["key"]} for slot in slots[1:]]
    missed = {"slot": slots[0]["key"], "aired": False, "reason": "Mất điện cả huyện"}
    assert client.post("/api/v1/stations/h654/as-run", json={"statements": [*said, missed]}).json()["refused"] == 0
    return client


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def written(ms: int) -> str:
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}"


def test_the_page_and_the_three_documents_say_the_same_figures(monitor: Client) -> None:
    [verdict] = [each for each in monitor.get(PROOF).json()["verdicts"] if each["kind"] == "min"]
    assert 0 < verdict["counted_ms"] < verdict["planned_ms"]
    counted = written(verdict["counted_ms"])
    page = words(monitor.get("/bao-cao/2026-12").text)
    assert counted in page
    assert "chưa đài nào phát chuyên mục" in page
    pdf = monitor.get("/api/v1/reports/2026-12?format=pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(pdf.content)
    text = " ".join(leaf.get_textpage().get_text_bounded() for leaf in document)
    document.close()
    assert counted in text
    assert "Mất điện cả huyện" in text
    word = monitor.get("/api/v1/reports/2026-12?format=docx")
    with zipfile.ZipFile(io.BytesIO(word.content)) as parts:
        said = re.sub(r"<[^>]+>", " ", parts.read("word/document.xml").decode())
    assert counted in said
    assert "Mất điện cả huyện" in said
    book = openpyxl.load_workbook(io.BytesIO(monitor.get("/api/v1/reports/2026-12?format=xlsx").content))
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert verdict["counted_ms"] in cells
    assert timedelta(seconds=verdict["counted_ms"] // 1000) in cells
    shown = monitor.get("/bao-cao/2026-12").text
    [line] = re.findall(r'<tr><th scope="row">[^<]*Krông Pắc.*?</tr>', shown)
    [table] = [table for table in word_tables(word.content) if table[0][0] == "STT" and len(table[0]) == 16]
    [on_paper] = [row for row in table if "Krông Pắc" in row[1] and row[1].startswith("Đài Truyền thanh - ")]
    assert re.findall(r'class="figure">([^<]*)<', line)[1:] == [*on_paper[6:8], *on_paper[9:14]]
    assert on_paper[13] == written(-(-verdict["short_ms"] // 1000) * 1000)


def test_a_quarter_and_a_year_sum_their_months(monitor: Client) -> None:
    for period in ("2026-Q4", "2026"):
        page = words(monitor.get(f"/bao-cao/{period}").text)
        assert "Chưa có lịch công bố cho:" in page
        assert monitor.get(f"/api/v1/reports/{period}?format=xlsx").status_code == 200


def test_a_district_has_its_own_report(monitor: Client) -> None:
    whole = monitor.get("/bao-cao/2026-12").text.count('<th scope="row">')
    district = monitor.get("/bao-cao/2026-12?district=654").text.count('<th scope="row">')
    assert 1 < district <= whole
    assert monitor.get("/bao-cao/2026-12?district=999").status_code == 404


@pytest.mark.parametrize("period", ["2026-13", "2026-Q5", "nam-2026", "26", "9999-12"])
def test_a_period_that_is_none_is_refused(monitor: Client, period: str) -> None:
    answer = monitor.get(f"/api/v1/reports/{period}?format=pdf")
    assert (answer.status_code, answer.json()["code"]) == (400, "field.bad")


def test_a_month_without_a_published_plan_has_no_report(monitor: Client) -> None:
    assert monitor.get("/api/v1/reports/2026-02?format=pdf").json()["code"] == "plan.none"


def test_who_only_looks_after_a_district_makes_no_reports(january: World) -> None:
    person = add_person(january.context, "can-bo", ["operator", "monitor"], unit_id=january.keys["654"])
    with client_of(january.context, who=person) as officer:
        assert officer.get("/api/v1/reports/2026-12?format=pdf").status_code == 403
        assert "/bao-cao/" not in officer.get("/thang/2026-12/phat-song").text


def test_an_offices_own_template_is_tried_taken_used_and_given_back(monitor: Client) -> None:
    ours = monitor.get("/api/v1/report-template/file?which=default").content
    assert monitor.get("/api/v1/report-template").json()["own"] is False
    broken = changed(ours, WORD_BODY, lambda xml: xml.replace("{{ policy }}", "{{ polcy }}", 1))
    refused = monitor.put("/api/v1/report-template", content=broken)
    assert (refused.status_code, refused.json()["code"]) == (422, "template.broken")
    assert "«polcy»" in refused.json()["detail"]
    assert "Tính đến" in refused.json()["detail"]
    bomb = monitor.put("/api/v1/report-template", content=b"PK" + bytes(5_000_001))
    assert bomb.status_code == 413
    assert monitor.get("/api/v1/report-template").json()["own"] is False
    theirs = changed(ours, WORD_BODY, lambda xml: xml.replace("Kết quả chung", "Đánh giá của Sở", 1))
    taken = monitor.put("/api/v1/report-template?name=mau-so.docx", content=theirs).json()
    assert (taken["own"], taken["file_name"]) == (True, "mau-so.docx")
    assert monitor.get("/api/v1/report-template/file").content == theirs
    assert "Đánh giá của Sở" in word_text(monitor.get("/api/v1/reports/2026-12?format=docx").content)
    page = monitor.get("/bao-cao/mau").text
    assert "mau-so.docx" in words(page)
    again = monitor.post("/bao-cao/mau", data={"csrf": csrf(page)}, files={"file": ("hong.docx", broken)})
    assert again.status_code == 422
    assert "«polcy»" in words(again.text)
    back = monitor.post("/bao-cao/mau", data={"csrf": csrf(page), "do": "restore"}, files={"x": b""})
    assert "Đang dùng mẫu gốc của Loa." in words(back.text)
    assert monitor.delete("/api/v1/report-template").json()["own"] is False
    actions = [each["action"] for each in monitor.get("/api/v1/audit?action=reports.").json()["items"]]
    assert actions == ["reports.template_restored", "reports.template_put"]


def test_the_logbook_of_a_week_has_what_was_aired_and_what_was_not(monitor: Client) -> None:
    slots = monitor.get(PROOF).json()["slots"]
    first = date.fromisoformat(slots[0]["starts_at"][:10])
    week = f"{first.isocalendar().year}-W{first.isocalendar().week:02d}"
    text = word_text(monitor.get(f"/dai/h654/so-nhat-ky/{week}.docx").content)
    assert "SỔ NHẬT KÝ CHƯƠNG TRÌNH PHÁT THANH" in text
    assert "Mất điện cả huyện" in text
    assert "Không phát" in text
    for item in slots[0]["items"]:
        assert item["title"] in text
    second = word_text(monitor.get(f"/api/v1/stations/h654/logbooks/{slots[1]['starts_at'][:10]}?format=docx").content)
    assert "Đài báo" in second
    assert monitor.get(f"/dai/h654/so-nhat-ky/{first}.pdf").content.startswith(b"%PDF")
    assert f"/dai/h654/so-nhat-ky/{week}.docx" in monitor.get("/dai/h654/2026-12/phat-song").text
    assert "Đài báo" in word_text(monitor.get("/dai/h654/so-nhat-ky/2026-12.docx").content), "the whole month's"
    for bad in ("2026-W99.docx", "hom-nay.pdf", f"{week}.xlsx"):
        assert monitor.get(f"/dai/h654/so-nhat-ky/{bad}").status_code == 400
    assert monitor.get("/dai/h654/so-nhat-ky/2026-W10.pdf").status_code == 404


def test_the_week_that_begins_in_one_month_and_ends_in_another_begins_on_its_monday() -> None:
    weeks = weeks_of(Month(2026, 12))
    assert weeks[0] == ("2026-W49", date(2026, 11, 30))
    assert weeks[-1] == ("2026-W53", date(2026, 12, 28))
    assert weeks_of(Month(2027, 1))[0] == weeks[-1]
