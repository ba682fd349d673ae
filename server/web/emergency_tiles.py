"""An emergency call as the districts see it: each a tile with how many of its stations have played it."""

from collections.abc import Sequence

from msgspec import Struct

from server.services.emergency_views import STATES, StationEmergency
from server.web.delivering_words import emergency_state
from server.web.tile_maps import GAP, HIGH, WIDE, lines_of, placed
from server.web.words import Status


class CallTile(Struct, frozen=True, kw_only=True):
    """`told` of the worst of the district's stations, unless all that there is to say is good."""

    x: int
    y: int
    code: str
    name: str
    lines: list[str]
    told: Status
    played: int
    stations: int


class CallMap(Struct, frozen=True, kw_only=True):
    width: int
    height: int
    tiles: list[CallTile]


def call_map(lines: Sequence[StationEmergency]) -> CallMap:
    """Stations that lie in no district are in the table alone."""
    groups: dict[str, list[StationEmergency]] = {}
    for line in lines:
        if line.station.district_code is not None:
            groups.setdefault(line.station.district_code, []).append(line)
    codes = sorted(groups)
    tiles = [_tile(code, groups[code], row, column) for code, (row, column) in zip(codes, placed(codes), strict=True)]
    return CallMap(
        width=max((tile.x for tile in tiles), default=0) + WIDE,
        height=max((tile.y for tile in tiles), default=0) + HIGH,
        tiles=tiles,
    )


def _tile(code: str, lines: Sequence[StationEmergency], row: int, column: int) -> CallTile:
    name = lines[0].station.district_name or ""
    return CallTile(
        x=column * (WIDE + GAP),
        y=row * (HIGH + GAP),
        code=code,
        name=name,
        lines=lines_of(name),
        told=emergency_state(min((line.state for line in lines), key=STATES.index)),
        played=sum(line.state == "played" for line in lines),
        stations=len(lines),
    )
