"""One month of the sample province, from its published plan to the signed report: told by every way there is, heard in
recordings, closed; and each figure of the report counted anew from the raw rows by code that shares nothing with it."""

import csv
import io
import json
import random
import re
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from sqlmodel import select

from media.ffmpeg import Ffmpeg
from schedules.as_run import Tolerances
from schedules.months import Month
from server.db.registry import Station
from server.services.closing_checks import verify_closings
from server.services.hearing import send_recording
from server.services.plans import export_problem, make_plan, publish_plan
from server.services.proof_views import AiredSlotView
from server.services.proofs import station_proof
from server.services.recording_decisions import confirm
from server.services.recordings import RecordingView, copy_in
from server.services.rows import identity
from tests.checker.airing import Recount
from tests.degraded import TUNED_ON, UNSEEN
from tests.server.api.conftest import Client, client_of
from tests.server.databases import open_context
from tests.server.homes import NOW, copy_home
from tests.server.people import add_person, add_station_token, everybody

MONTH = Month(2026, 12)
AFTERWARDS = datetime(2027, 1, 2, 1, 0, tzinfo=UTC)  # 08:00 in Đắk Lắk
LEAD_S = 15
GRADES = {"reported_ms": "Đài báo", "logged_ms": "Máy ghi", "heard_ms": "Nghe được"}
COLUMNS = {"planned_ms": "Kế hoạch", "delivered_ms": "Đã giao", "counted_ms": "Được tính", **GRADES}
# Those of ten stations: each is heard through other equipment.
HEARD_THROUGH = (
    "as it was",
    "phone recording",
    "horn in a street",
    "AMR of 7.4 kbit/s",
    "mains hum at 0 dB",
    "2 % too fast",
    "another voice at −5 dB",
    "two loudspeakers 180 ms apart",
    "rain at 3 dB",
    "hard clipping",
)


class Province:
    """The sample after the month, with an open client for whoever is asked for."""

    def __init__(self, home: Path) -> None:
        self.now = NOW
        self.context = open_context(home=home, clock=lambda: self.now)
        make_plan(self.context, MONTH)
        publish_plan(self.context, MONTH)
        self.now = AFTERWARDS
        self.monitor = client_of(self.context, who=everybody(self.context))
        with self.context.database.read() as session:
            stations = session.exec(select(Station)).all()
            self.keys = {row.code: identity(row) for row in stations}
            self.units = {row.code: row.unit_id for row in stations}
        self.districts = sorted(code for code in self.keys if code.startswith("h"))

    def slots(self, code: str) -> list[AiredSlotView]:
        return station_proof(self.context, code, MONTH).slots

    def officer(self, code: str) -> Client:
        who = add_person(self.context, f"can-bo-{code}", ["operator"], unit_id=self.units[code])
        return client_of(self.context, who=who)

    def device(self, code: str) -> Client:
        client = client_of(self.context)
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {add_station_token(self.context, self.keys[code])}"
        return client

    def log(self, code: str, kind: str, data: bytes) -> None:
        """Tables are sent by the monitor, logs by the device that wrote them."""
        sender = self.monitor if kind in {"csv", "xlsx"} else self.device(code)
        said = sender.post(f"/api/v1/stations/{code}/logs", params={"kind": kind}, content=data)
        assert said.status_code == 200, said.text
        assert (said.json()["refused"], said.json()["new"]) == (0, len(said.json()["lines"])), said.text


@pytest.fixture
def province(province_home: Path, tmp_path: Path) -> Any:
    province = Province(copy_home(province_home, tmp_path / "home"))
    yield province
    province.context.close()


def by_taps(province: Province, code: str) -> None:
    officer, page = province.officer(code), f"/dai/{code}/{MONTH}/phat-song"
    for number, slot in enumerate(province.slots(code)):
        csrf = re.search(r'name="csrf" value="([^"]+)"', officer.get(page).text)
        assert csrf is not None
        said = {"do": "aired"} if number else {"do": "not_aired", "reason": "Mất điện"}
        told = officer.post(page, data={"csrf": csrf[1], "slot": slot.key, **said})
        assert told.status_code == 200


def on_paper(province: Province, code: str) -> None:
    officer, page = province.officer(code), f"/dai/{code}/{MONTH}/phat-song"
    csrf = re.search(r'name="csrf" value="([^"]+)"', officer.get(page).text)
    assert csrf is not None
    for slot in province.slots(code):
        for item in slot.items:
            at = item.starts_at + timedelta(seconds=40)
            told = officer.post(
                page,
                data={
                    "csrf": csrf[1],
                    "do": "aired",
                    "segment": item.segment,
                    "title": item.title,
                    "starts_at": f"{at:%d/%m/%Y %H:%M}",
                    "duration": f"{item.planned_ms // 60_000}:{item.planned_ms // 1000 % 60:02d}",
                },
            )
            assert told.status_code == 200


def by_csv(province: Province, code: str) -> None:
    address = f"/api/v1/stations/{code}/months/{MONTH}/log-template"
    rows = list(csv.reader(io.StringIO(province.monitor.get(address).content.decode("utf-8-sig"))))
    aired, reason = rows[0].index("Đã phát"), rows[0].index("Lý do")
    for number, row in enumerate(rows[1:]):
        row[aired], row[reason] = ("không", "Hỏng máy") if number == 1 else ("có", "")
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows(rows)
    province.log(code, "csv", sheet.getvalue().encode())


def by_workbook(province: Province, code: str) -> None:
    address = f"/api/v1/stations/{code}/months/{MONTH}/log-template?format=xlsx"
    book = openpyxl.load_workbook(io.BytesIO(province.monitor.get(address).content))
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        row[headings.index("Đã phát")].value = "có"
        row[headings.index("Thời lượng thật")].value = "0:50"
    made = io.BytesIO()
    book.save(made)
    province.log(code, "xlsx", made.getvalue())


def by_device(province: Province, code: str) -> None:
    """Its clock is 3 hours behind; what it says comes in any order, in parts, and some of it again."""
    device = province.device(code)
    statements = [
        {
            "id": f"{slot.key}/{item.segment}",
            "segment": item.segment,
            "starts_at": (item.starts_at - timedelta(hours=3)).isoformat(),
            "duration_ms": item.planned_ms,
        }
        for slot in province.slots(code)
        for item in slot.items
    ]
    statements += statements[::3]
    random.Random(code).shuffle(statements)  # noqa: S311 (an order, not a secret)
    for part in (statements[::2], statements[1::2]):
        said = device.post(f"/api/v1/stations/{code}/as-run", json={"statements": part})
        assert said.status_code == 200, said.text
        assert said.json()["refused"] == 0, said.text


def sounds_of(province: Province) -> dict[str, str]:
    """The file of each item, as players name it."""
    database = sqlite3.connect(province.context.home / "loa.sqlite")
    with database:
        return dict(
            database.execute(
                "select segment.code, rendition_sha256 from slot_item join segment on segment.id = segment_id"
            ).fetchall()
        )


def by_liquidsoap(province: Province, code: str) -> None:
    sounds = sounds_of(province)
    lines = [
        f'{item.starts_at:%Y/%m/%d %H:%M:%S} [radio:3] Prepared "/loa/{sounds[item.segment]}.mp3" (RID {number}).'
        for slot in province.slots(code)
        for number, item in enumerate(slot.items)
    ]
    province.log(code, "liquidsoap", "\n".join(lines).encode())


def by_mpd(province: Province, code: str) -> None:
    sounds = sounds_of(province)
    lines = [
        f"{item.starts_at + timedelta(milliseconds=item.planned_ms):%Y-%m-%dT%H:%M:%S} "
        f'player: played "{sounds[item.segment]}.mp3"'
        for slot in province.slots(code)
        for item in slot.items
    ]
    province.log(code, "mpd", "\n".join(lines).encode())


def by_source_system(province: Province, code: str) -> None:
    records = [
        {
            "BanTinID": item.segment,
            "TieuDe": item.title,
            "ThoiLuong": item.planned_ms / 1000,
            "ThoiDiemBatDau": round(item.starts_at.timestamp()),
        }
        for slot in province.slots(code)
        for item in slot.items
    ]
    province.log(code, "source_system", json.dumps(records).encode())


def by_script(province: Province, code: str) -> None:
    statements = [{"slot": slot.key} for slot in province.slots(code)]
    said = province.monitor.post(f"/api/v1/stations/{code}/as-run", json={"statements": statements})
    assert said.json()["refused"] == 0, said.text


WAYS: tuple[Callable[[Province, str], None], ...] = (
    by_taps,
    on_paper,
    by_csv,
    by_workbook,
    by_device,
    by_liquidsoap,
    by_mpd,
    by_source_system,
    by_script,
)


def recorded(province: Province, slot: AiredSlotView, target: Path, *, way: str, others: bool) -> Path:
    """The station's air from LEAD_S before the slot's first item, through bad equipment; with `others`, speech that is
    no segment of anybody."""
    sounds = sounds_of(province)
    names = [item.segment for item in slot.items]
    store: Any = province.context.store
    files = [str(store.place(sounds[name])) for name in names]
    quiet = f"anoisesrc=c=pink:r=16000:a=0.02:seed=7:d={LEAD_S}"
    inputs = [part for file in files for part in ("-i", file)]
    count, backwards = len(files), ",areverse" if others else ""
    parts = "".join(
        f"[{place}:a]aresample=16000,aformat=channel_layouts=mono{backwards}[p{place}];" for place in range(count + 2)
    )
    graph = f"{parts}[p{count}]{''.join(f'[p{place}]' for place in range(count))}[p{count + 1}]"
    executable = Ffmpeg.find().executable
    clean = target.with_suffix(".clean.wav")
    made = ["-filter_complex", f"{graph}concat=n={count + 2}:v=0:a=1[out]", "-map", "[out]", str(clean)]
    inputs += ["-f", "lavfi", "-i", quiet, "-f", "lavfi", "-i", quiet]
    subprocess.run([executable, "-v", "error", "-nostdin", "-y", *inputs, *made], check=True)
    other = Path(str(store.place(sounds["b0027" if "b0027" not in names else "b0026"])))
    return {**TUNED_ON, **UNSEEN}[way].apply(executable, clean, other, target)


def heard(province: Province, code: str, folder: Path, *, way: str, others: bool = False) -> RecordingView:
    """A recording of the station's last slot of its own is sent, and all that was heard or not heard in it confirmed."""
    slot = province.slots(code)[-1]
    file = recorded(province, slot, folder / f"{code}.wav", way=way, others=others)
    # The recorder's clock is wrong by some minutes where what it recorded can tell.
    claimed = slot.items[0].starts_at - timedelta(seconds=LEAD_S) + timedelta(minutes=0 if others else 4)
    view = send_recording(
        province.context, code, copy_in(province.context, file), file_name=file.name, claimed_at=claimed
    )
    assert view.state == "heard", view.trouble
    for match in view.matches:
        confirm(province.context, code, view.id, match.id)
    return view


def recounted(province: Province) -> dict[str, dict[str, int]]:
    """By station the figures of its rule, from the raw rows and the exchange files alone."""
    database = sqlite3.connect(province.context.home / "loa.sqlite")
    statements: dict[str, list[dict[str, Any]]] = {}
    for row in database.execute(
        "select station.code, uid, grade, aired, slot, segment, title, as_run_entry.starts_at, duration_ms, reason,"
        " corrects, made_at, covers_from, covers_to, batch_id from as_run_entry join station on station.id = station_id"
    ):
        code, uid, grade, aired, slot, segment, title, at, ms, reason, corrects, made, first, last, batch = row
        statements.setdefault(code, []).append(
            {
                "uid": uid,
                "grade": grade,
                "aired": bool(aired),
                "slot": slot,
                "segment": segment,
                "title": title,
                "start_ms": at and epoch(at),
                "duration_ms": ms,
                "reason": reason,
                "corrects": corrects,
                "made_at_ms": epoch(made),
                "covers_from_ms": first and epoch(first),
                "covers_to_ms": last and epoch(last),
                "source": f"batch {batch}" if grade == 3 else "",
            }
        )
    database.close()
    instance, plan = (json.loads(each) for each in export_problem(province.context, MONTH))
    segments = {each["id"]: each for each in instance["segments"]}
    tolerances = {
        name: getattr(Tolerances(), name) for name in ("late_ms", "match_ms", "report_within_ms", "clock_agree_ms")
    }
    found = {}
    for station in instance["stations"]:
        code = station["code"]
        about = {
            "slots": [slot for slot in plan["slots"] if slot["station"] == code],
            "statements": statements.get(code, []),
            "segments": segments,
            "meant": [each["id"] for each in instance["segments"] if each["language"] in station["languages"]],
            "delivered": {},
            "now_ms": round(province.now.timestamp() * 1000),
            "tolerances": tolerances,
        }
        [rule] = [rule for rule in instance["rules"] if station["tier"] in rule["tiers"]]
        found[code] = Recount(about).verdict(rule, str(MONTH), policy=2)
    return found


def epoch(text: str) -> int:
    """Moments lie in SQLite in UTC, without saying so."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def reported(content: bytes) -> dict[str, dict[str, int]]:
    """By station, its line of the workbook, in milliseconds."""
    rows = openpyxl.load_workbook(io.BytesIO(content))["Chi tiết đài"].iter_rows(values_only=True)
    lines = [list(row) for row in rows]
    top = next(number for number, row in enumerate(lines) if "Mã đài" in row)
    code_at = lines[top].index("Mã đài")
    places = {name: lines[top].index(f"{heading} (ms)") for name, heading in COLUMNS.items()}
    found = {}
    for row in lines[top + 1 :]:
        code = row[code_at]
        if isinstance(code, str) and re.fullmatch(r"[hx]\d+", code):
            found[code] = {name: row[at] for name, at in places.items()}
    return found


@pytest.mark.timeout(600)
def test_from_plan_to_signed_report(province: Province, tmp_path: Path) -> None:
    *honest, silent, liar = province.districts
    for number, code in enumerate(honest):
        WAYS[number % len(WAYS)](province, code)
    by_taps(province, liar)
    for code in sorted(each for each in province.keys if each.startswith("x"))[::20]:
        by_script(province, code)

    for code, way in zip(honest, HEARD_THROUGH[:-1], strict=False):
        view = heard(province, code, tmp_path, way=way)
        assert [match.found for match in view.matches] == [True] * len(view.matches), (code, way)
        assert view.placed_by == "plan"
    claimed = station_proof(province.context, liar, MONTH)
    found_out = heard(province, liar, tmp_path, way=HEARD_THROUGH[-1], others=True)
    assert found_out.found == 0
    proof = station_proof(province.context, liar, MONTH)
    assert proof.slots[-1].outcome == "missed"
    assert "contradicted" in {doubt["code"] for doubt in proof.slots[-1].doubts}
    assert proof.verdicts[0].counted_ms == claimed.verdicts[0].counted_ms - claimed.slots[-1].planned_ms

    recount = recounted(province)
    lines = reported(province.monitor.get(f"/api/v1/reports/{MONTH}?format=xlsx").content)
    assert len(lines) == len(recount) == 199
    assert {code: {name: recount[code][name] for name in COLUMNS} for code in recount} == lines
    assert lines[silent]["reported_ms"] == 0
    assert all(lines[code]["counted_ms"] > 0 for code in honest)
    assert all(lines[code]["heard_ms"] > 0 for code in honest[: len(HEARD_THROUGH) - 1])

    closed = province.monitor.post(f"/api/v1/closings/{MONTH}", json={})
    assert closed.status_code in {200, 201}, closed.text
    assert verify_closings(province.context) == []
    page = pypdfium2.PdfDocument(province.monitor.get(f"/api/v1/reports/{MONTH}?format=pdf").content)
    text = " ".join(leaf.get_textpage().get_text_bounded() for leaf in page)
    page.close()
    for code in (honest[0], silent, liar):
        shown = timedelta(milliseconds=lines[code]["counted_ms"]).total_seconds()
        assert f"{int(shown) // 60:02d}:{int(shown) % 60:02d}" in text, code

    with sqlite3.connect(province.context.home / "loa.sqlite") as database:
        for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f"drop trigger {name}")
        database.execute(
            "update as_run_entry set aired = 1, reason = '' where uid = (select min(uid) from as_run_entry where not aired)"
        )
    database.close()
    assert {fault.what for fault in verify_closings(province.context)} == {"entry"}
