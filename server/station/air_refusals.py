"""What is refused about a station's air; `server.answers.station_air` makes the sentences."""

from dataclasses import dataclass

from server.station.refusals import StationRefusal


@dataclass(kw_only=True, eq=False)
class PlayerMissing(StationRefusal):
    """None of these programs is on this machine."""

    code = "station.player.missing"
    looked: list[str]


@dataclass(kw_only=True, eq=False)
class AlreadyPlaying(StationRefusal):
    """Another process plays from this folder."""

    code = "station.playing.already"
    path: str


@dataclass(kw_only=True, eq=False)
class NothingToPlayYet(StationRefusal):
    """No manifest was ever taken into the folder."""

    code = "station.playing.nothing_yet"
    path: str
