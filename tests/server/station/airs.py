"""Manifests for tests of the air, with sounds that are really there."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

from schedules.manifest import Emergency, Manifest, RecalledSegment, SlotToPlay, SoundToPlay
from server.station.clock import StationClock
from server.station.log import Airing, Log
from server.station.on_air import OnAir, Told
from server.station.player import Player, find_player
from tests.server.station.sinks import Sink
from tests.server.worlds import mp3


class Air:
    """A station's air with a clock that is right, a sink for a player, and sounds that are tones of some seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sink = Sink(folder / "sink")
        self.given: Manifest | None = None
        self.there: dict[str, Path] = {}
        self.told: list[Told] = []
        self.started: list[OnAir] = []
        self.clock = StationClock()
        self.log = self.opened_log()
        self.player: Callable[[], Player] = lambda: find_player(self.sink.command)

    def opened_log(self) -> Log:
        return Log(
            self.folder / "log.sqlite", tell=lambda what, detail: self.told.append(Told(what=what, detail=detail))
        )

    def on_air(self, *, relay: str = "", filler: Path | None = None) -> OnAir:
        """As a program that was just started."""
        on_air = OnAir(
            manifest=lambda: self.given,
            sound=self.there.get,
            player=self._found_player,
            log=self.log,
            clock=self.clock,
            tell=self.told.append,
            relay=relay,
            filler=filler,
        )
        self.started.append(on_air)
        return on_air

    def _found_player(self) -> Player:
        return self.player()

    def close(self) -> None:
        for on_air in self.started:
            on_air.stop()
        self.log.close()

    def sound(self, name: str, seconds: float, *, there: bool = True) -> str:
        content = mp3(seconds, name)
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.folder / f"{sha256}.mp3"
        path.write_bytes(content)
        if there:
            self.there[sha256] = path
        return sha256

    def file(self, name: str, seconds: float) -> Path:
        return self.folder / f"{self.sound(name, seconds)}.mp3"

    def give(self, *slots: SlotToPlay, emergencies: tuple[Emergency, ...] = (), recalled: tuple[str, ...] = ()) -> None:
        recalls = tuple(
            RecalledSegment(
                number=number,
                kind="withdrawn",
                segment="?",
                title="?",
                reason="?",
                recalled_at=datetime.now(UTC),
                files=(sha256,),
            )
            for number, sha256 in enumerate(recalled, 1)
        )
        self.given = Manifest(
            station="h654",
            station_name="Đài huyện",
            timezone="Asia/Ho_Chi_Minh",
            version=str(id(slots)),
            months=(),
            sessions=(),
            slots=slots,
            files=(),
            recalls=recalls,
            emergencies=emergencies,
        )

    def slot(self, starts_at: datetime, *names: str, seconds: float = 2, relayed_from: str | None = None) -> SlotToPlay:
        ms = round(seconds * 1000)
        return SlotToPlay(
            key=f"h654.{starts_at:%Y%m%dT%H%M%S}",
            column="cchc",
            starts_at=starts_at,
            length_ms=ms * len(names),
            sounds=tuple(
                SoundToPlay(
                    kind="segment",
                    title=f"Bài {name}",
                    start_ms=place * ms,
                    duration_ms=ms,
                    sha256=self.sound(name, seconds, there=not name.startswith("lacking")),
                    segment=name,
                )
                for place, name in enumerate(names)
            ),
            relayed_from=relayed_from,
        )

    def emergency(self, number: int, *, seconds: float = 2) -> Emergency:
        now = datetime.now(UTC)
        return Emergency(
            number=number,
            segment="khan",
            title="Lũ về",
            approved_at=now,
            until=now + timedelta(hours=1),
            duration_ms=round(seconds * 1000),
            sha256=self.sound("khan", seconds),
        )

    def rows(self) -> list[Airing]:
        return sorted(self.log.since(0), key=lambda row: (row.due_ms, row.begun_ms))


def soon(seconds: float = 0.3) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def step_until(on_air: OnAir, ready: Callable[[], bool], *, seconds: float = 20) -> None:
    """Steps as the program does, until then; its waiting is cut short, so that a test sees each step."""
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    while not ready():
        assert datetime.now(UTC) < end
        sleep(on_air.step())
