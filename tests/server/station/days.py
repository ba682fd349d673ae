"""A day at a station: the real service with a clock that jumps over what is idle, and the real command at the station.

The station's own clock stays as it is, months off: it plays by the service's time, which it learns when it checks in.
So the service's clock is held until the station was heard, and goes on from there.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

from sqlmodel import select

from schedules.editing import AddSlot
from server.db.airing import AsRunEntry
from server.db.delivering import EmergencyAnswer, EmergencyCall, StationCheckIn
from server.db.library import ProgrammeColumn
from server.services.editing import add_slots
from server.services.manifest_seals import manifest_key
from server.services.plans import make_plan, publish_plan
from server.station.log import Airing, Log
from tests.ports import own_port
from tests.server.machines import token
from tests.server.serving import served
from tests.server.station.sinks import Sink
from tests.server.worlds import MONTH, World, local


class HeldClock:
    def __init__(self, now: datetime) -> None:
        self._from = now
        self._since: float | None = None

    def __call__(self) -> datetime:
        return self._from if self._since is None else self._from + timedelta(seconds=monotonic() - self._since)

    def hold(self, now: datetime) -> None:
        self._from, self._since = now, None

    def run(self) -> None:
        self._from, self._since = self(), monotonic()


class Cable:
    """Between a station and the service: cut, all that was on its way is gone."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener: socket.socket | None = None
        self._ends: list[socket.socket] = []
        self.port = own_port()

    def join(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        ends, self._ends = [*self._ends, *([self._listener] if self._listener else [])], []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it was cut
            while True:
                near, _address = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(65_536):
                other.sendall(piece)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)


class Day:
    """One station's, with a line that comes and goes and a program that is killed and started."""

    def __init__(self, world: World, folder: Path, *, player: str | None = None, station: str = "h654") -> None:
        self.world, self.folder, self.station = world, folder, station
        self.clock = HeldClock(world.now)
        self.context = replace(world.context, clock=self.clock)
        self.sink = Sink(folder / "sink")
        self.settings = folder / "loa-station.toml"
        self.said = folder / "said"
        self._service = contextlib.ExitStack()
        address = self._service.enter_context(served(self.context))
        self.cable = Cable(int(address.rpartition(":")[2]))
        self._program: subprocess.Popen[bytes] | None = None
        facts = {
            "server": f"http://127.0.0.1:{self.cable.port}",
            "station": station,
            "token": token(world.context, station),
            "key": manifest_key(world.context).public_key,
            "folder": str(folder / "kept"),
        }
        play = {"player": player or self.sink.command}
        lines = [f"{name} = {json.dumps(value)}" for name, value in facts.items()]
        lines += [
            "[sync]",
            "reserve_mb = 0",
            "[play]",
            *(f"{name} = {json.dumps(value)}" for name, value in play.items()),
        ]
        self.settings.write_text("\n".join(lines) + "\n")
        self.settings.chmod(0o600)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "server.cli", "station", "--settings", str(self.settings), *words]

    def start(self, *words: str) -> None:
        with self.said.open("ab") as said:
            self._program = subprocess.Popen(
                self.command(*(words or ("run",))),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={**os.environ},
            )

    def end(self, number: signal.Signals) -> int:
        assert self._program is not None
        self._program.send_signal(number)
        status = self._program.wait(20)
        self._program = None
        return status

    def ended(self) -> int | None:
        """The exit status of the command that was started last."""
        assert self._program is not None
        return self._program.poll()

    def jump(self, at: datetime) -> None:
        """The line is cut until that was noticed, and back, and it is another time."""
        before = self._unreached()
        self.cable.cut()
        self.until("the line is missed", lambda: self._unreached() > before)
        self.clock.hold(at)
        self.cable.join()
        self.heard(at)

    def _unreached(self) -> int:
        return self.said.read_text().count("Không nối được tới máy chủ")

    def close(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program.wait()
        self.cable.cut()
        self._service.close()

    def until(self, what: str, ready: Callable[[], bool], *, seconds: float = 60) -> None:
        end = monotonic() + seconds
        while not ready():
            assert monotonic() < end, f"{what}: not within {seconds} s\n{self.said.read_text()}"
            sleep(0.05)

    def heard(self, at: datetime) -> None:
        """The service's clock stands at that time until the station was heard, and goes on then."""
        self.clock.hold(at)
        self.until("the station checks in", lambda: self.check_in() is not None and self.check_in().at == at)  # type: ignore[union-attr]
        self.clock.run()

    def check_in(self) -> StationCheckIn | None:
        with self.world.context.database.read() as session:
            return session.get(StationCheckIn, self.world.keys[self.station])

    def rows(self) -> list[Airing]:
        """Of the station's own log."""
        log = Log(self.folder / "kept" / "log.sqlite", tell=lambda _what, _detail: None)
        with contextlib.closing(log):
            return sorted(log.since(0), key=lambda row: (row.due_ms, row.id))

    def played(self, slot: str) -> list[Airing]:
        return [row for row in self.rows() if row.slot == slot and row.state == "over"]

    def calls(self) -> list[EmergencyCall]:
        with self.world.context.database.read() as session:
            return list(session.exec(select(EmergencyCall)).all())

    def emergency_answers(self) -> list[EmergencyAnswer]:
        with self.world.context.database.read() as session:
            return list(session.exec(select(EmergencyAnswer)).all())

    def entries(self) -> list[AsRunEntry]:
        """What the service was told."""
        with self.world.context.database.read() as session:
            rows = session.exec(select(AsRunEntry).where(AsRunEntry.station_id == self.world.keys[self.station])).all()
            return sorted(rows, key=lambda row: (row.slot or "", row.starts_at or row.received_at))


def publish_day(world: World, starts: list[str], *, items: int = 2, first: int = 1) -> list[str]:
    """Slots of the district's station that begin at these local times; their keys."""
    with world.change() as session:
        column = session.exec(select(ProgrammeColumn)).one()
        column.max_slots_per_day, column.separation_days, column.max_per_month = 20, 1, 60
        column.slot_max_ms = 50_000
        session.add(column)
    make_plan(world.context, MONTH)
    slots = [
        AddSlot(
            station="h654",
            column="cchc",
            start=local(start),
            segments=tuple(f"b{first + place * items + item:04d}" for item in range(items)),
        )
        for place, start in enumerate(starts)
    ]
    add_slots(world.context, MONTH, slots)
    publish_plan(world.context, MONTH)
    return [f"h654.{local(start):%Y%m%dT%H%M}" for start in starts]
