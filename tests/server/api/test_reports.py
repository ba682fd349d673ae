"""Reports over HTTP: the page, Word, PDF and Excel say the same of what was aired."""

import io
import re
import zipfile
from datetime import UTC, datetime

import openpyxl
import pypdfium2
import pytest

from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
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


def written(ms: int) -> str:
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}"


def test_the_page_and_the_three_documents_say_the_same_figures(monitor: Client) -> None:
    [verdict] = [each for each in monitor.get(PROOF).json()["verdicts"] if each["kind"] == "min"]
    assert 0 < verdict["counted_ms"] < verdict["planned_ms"]
    counted = written(verdict["counted_ms"])
    page = words(monitor.get("/bao-cao/2026-12").text)
    assert counted.lstrip("0") in page or counted in page
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
    seconds = [round(cell.total_seconds() * 1000) for cell in cells if hasattr(cell, "total_seconds")]
    times = [
        (cell.hour * 3600 + cell.minute * 60 + cell.second) * 1000 + cell.microsecond // 1000
        for cell in cells
        if hasattr(cell, "microsecond") and hasattr(cell, "hour")
    ]
    assert verdict["counted_ms"] in {*seconds, *times}


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
