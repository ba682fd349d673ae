"""What a station's machine and officer, and the province's monitor, wait for in a country, against a province.

Both are databases of one PostgreSQL, each served by a process of its own; rounds take turns. A ratio is of processor
seconds of the server and the database together for each request, since these don't depend on who else uses the machine;
what answers took is told beside them (median/95th percentile, one client). Before each request somebody has committed
something, as in a country somebody always has.
"""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from sqlalchemy import func, select
from sqlmodel import col

from server.api.cookies import SESSION_COOKIE
from server.db.registry import Station
from server.services.context import Context
from tests.benchmarks.aired_month import MONTH
from tests.benchmarks.country import COUNTRY, MONTHS_BEFORE, PROVINCE, Place, Size, open_place, places
from tests.benchmarks.http import free_port, wait_for
from tests.benchmarks.lines import Answer, Line, bearer, cpu_seconds, told, with_children
from tests.benchmarks.manifest_polling import secret_of
from tests.server.people import add_person, everybody

ROUNDS, EACH = 6, 12
MOST_OF_A_STATION = 1.5
# Of what has a line for each station: no more for each of them than in a province.
MOST_FOR_EACH = 1.2

Ask = Callable[["Served", int], Answer]


class Served:
    """A place with its server, and what was seen of it by the name of what was asked: seconds of waiting, and of processors."""

    def __init__(self, place: Place, size: Size, postgresql: int) -> None:
        self.size, self._postgresql = size, postgresql
        self.context: Context = place.open()
        self.port = free_port()
        home, url = place.settings["LOA_HOME"], place.settings["LOA_DATABASE_URL"]
        command = [sys.executable, "-m", "tests.benchmarks.country_serving", home, url, str(self.port)]
        self.process = subprocess.Popen(command)
        wait_for(self.port, self.process)
        self.line = Line(self.port)
        self.monitor = f"Cookie: {SESSION_COOKIE}={everybody(self.context).secret}"
        with self.context.database.read() as session:
            unit = session.scalars(select(col(Station.unit_id)).where(col(Station.code) == "h5")).one()
        officer = add_person(self.context, "can-bo", ["operator"], unit_id=unit)
        self.officer = f"Cookie: {SESSION_COOKIE}={officer.secret}"
        self.tags: dict[str, str] = {}
        self.waited: dict[str, list[float]] = {}
        self.cpu: dict[str, float] = {}

    def measure(self, name: str, ask: Ask, numbers: range) -> None:
        for number in numbers:
            with self.context.database.write():
                pass  # somebody commits something
            cpu, start = self._cpu(), perf_counter()
            ask(self, number)
            self.waited.setdefault(name, []).append(perf_counter() - start)
            self.cpu[name] = self.cpu.get(name, 0.0) + self._cpu() - cpu

    def cpu_each(self, name: str) -> float:
        return self.cpu[name] / len(self.waited[name])

    def close(self) -> None:
        self.line.close()
        self.process.terminate()
        self.process.wait(30)
        self.context.close()

    def _cpu(self) -> float:
        return cpu_seconds(self.process.pid, *with_children(self._postgresql))


def _playlist(served: Served, number: int) -> Answer:
    """Of another station each time."""
    code = f"h{number % served.size.stations}"
    path = f"/api/v1/stations/{code}/months/{MONTH}/playlist.m3u8"
    return served.line.ask(path, bearer(secret_of(number % served.size.stations)))


def _same_playlist(served: Served, _: int) -> Answer:
    path = f"/api/v1/stations/h5/months/{MONTH}/playlist.m3u8"
    answer = served.line.ask(path, bearer(secret_of(5)), f"If-None-Match: {served.tags.get('playlist', '-')}")
    served.tags["playlist"] = answer.etag
    return answer


def _manifest(served: Served, number: int) -> Answer:
    number %= served.size.stations
    return served.line.ask(f"/api/v1/stations/h{number}/manifest", bearer(secret_of(number)))


def _same_manifest(served: Served, _: int) -> Answer:
    held = f"If-None-Match: {served.tags.get('manifest', '-')}"
    answer = served.line.ask("/api/v1/stations/h5/manifest", bearer(secret_of(5)), held)
    served.tags["manifest"] = answer.etag
    return answer


def _check_in(served: Served, number: int) -> Answer:
    said = {"program": "loa", "now": "2026-12-30T20:00:00+07:00", "lacking": 0}
    number %= served.size.stations
    return served.line.ask(f"/api/v1/stations/h{number}/check-in", bearer(secret_of(number)), said=said)


def _as_run(served: Served, number: int) -> Answer:
    station = number % served.size.stations
    said = {"statements": [{"id": f"bench-{number}", "slot": f"{station + 1:06d}-01-sang"}]}
    return served.line.ask(f"/api/v1/stations/h{station}/as-run", bearer(secret_of(station)), said=said)


def _verdicts_of_one(served: Served, number: int) -> Answer:
    code = f"h{number % served.size.stations}"
    return served.line.ask(f"/api/v1/proof/{MONTH}/stations/{code}", served.monitor)


def _today(served: Served, _: int) -> Answer:
    return served.line.ask("/dai/h5/hom-nay", served.officer)


def _calendar(served: Served, _: int) -> Answer:
    return served.line.ask(f"/dai/h5/{MONTH}/lich", served.officer)


def _verdicts_of_all(served: Served, _: int) -> Answer:
    return served.line.ask(f"/api/v1/proof/{MONTH}", served.monitor)


def _month(served: Served, _: int) -> Answer:
    return served.line.ask(f"/thang/{MONTH}", served.monitor)


def _month_again(served: Served, number: int) -> Answer:
    return served.line.ask(f"/thang/{MONTH}?sort={'-counted' if number % 2 else 'name'}", served.monitor)


_OF_A_STATION: dict[str, Ask] = {
    "playlist pull, each time another station's": _playlist,
    "playlist pull, 304": _same_playlist,
    "manifest, each time another station's": _manifest,
    "manifest poll, 304": _same_manifest,
    "check-in": _check_in,
    "as-run statement": _as_run,
    "verdicts of one station": _verdicts_of_one,
    "a station's today": _today,
    "a station's calendar": _calendar,
}


def run() -> list[dict[str, object]]:
    with places(province=PROVINCE, country=COUNTRY) as found, ExitStack() as ends:
        server = found["province"].server.process_id
        both = [Served(found[name], size, server) for name, size in (("province", PROVINCE), ("country", COUNTRY))]
        for served in both:
            ends.callback(served.close)
        for name, ask in _OF_A_STATION.items():
            for served in both:
                ask(served, 0)  # what is read once for all is read
            for round_ in range(ROUNDS):
                for served in both:
                    served.measure(name, ask, range(1 + round_ * EACH, 1 + (round_ + 1) * EACH))
        for served in both:
            # One after the other, and each once in the country: what is kept of the first would show in the second.
            served.measure("verdicts of all", _verdicts_of_all, range(1))
            served.measure("the month's page, from nothing", _month, range(1))
            served.measure("the month's page, again", _month_again, range(ROUNDS))
        province, country = both
        for_each = ("verdicts of all", "the month's page, from nothing")
        return [
            *(_row(name, province, country, MOST_OF_A_STATION) for name in _OF_A_STATION),
            *(_row(name, province, country, MOST_FOR_EACH, for_each=True) for name in for_each),
            _row("the month's page, again", province, country, 2),
            _size(found["country"], MONTHS_BEFORE + 1),
        ]


def _size(place: Place, months: int) -> dict[str, object]:
    """Its year of plans, and a month's entries, deliveries and lines of the trail for each of its months."""
    context = place.open()
    with context.database.read() as session:
        monthly = sum(
            int(session.connection().scalar(select(func.pg_total_relation_size(name))) or 0)
            for name in ("as_run_entry", "as_run_batch", "delivery", "audit_entry")
        )
    context.close()
    whole = place.size()
    year = (whole + (months - 1) * monthly) / COUNTRY.stations
    return {
        "name": f"database of the country as it was made ({months} months of plans, one of entries)",
        "value": round(whole / 1e9, 2),
        "unit": "GB",
        "limit": 6,
        "sense": "at most",
        "what": "database",
        "stations": COUNTRY.stations,
        "bytes_of_a_station_year": year,
    }


def _row(name: str, province: Served, country: Served, limit: float, *, for_each: bool = False) -> dict[str, object]:
    ratio = country.cpu_each(name) / max(province.cpu_each(name), 0.0005)
    if for_each:
        ratio *= PROVINCE.stations / COUNTRY.stations
    seen = [
        f"{told(each.waited[name])}, {each.cpu_each(name) * 1000:.3g} ms of processors" for each in (country, province)
    ]
    return {
        "name": f"{name}: {seen[0]}, against {seen[1]}",
        "value": round(ratio, 3),
        "unit": "times for each station" if for_each else "times",
        "limit": limit,
        "sense": "at most",
        "what": name,
        "cpu_s": country.cpu_each(name),
        "cpu_s_of_province": province.cpu_each(name),
        "waited_s": country.waited[name],
        "ratio_of": f"{PROVINCE.stations} stations",
    }


def _serve(home: Path, url: str, port: int) -> None:
    import uvicorn

    from server.app import create_app

    app = create_app(open_place(home, url))
    app.gate.most_a_minute = 10**9  # one station asks here as often as a thousand
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, timeout_keep_alive=600)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
