"""A province's districts as tiles, each roughly where it lies; where nobody wrote down where, in lines, in their order."""

import csv
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from server.services.board_orders import STATUSES
from server.services.board_views import Board, BoardRow
from server.web.board_words import status
from server.web.words import Status

WIDE, HIGH, GAP = 100, 96, 6  # of a tile, in the picture's own units
ACROSS = 5  # tiles in a line: as many as a phone has room for
MOST_DOTS = 1_000
"""Of more communes without a district none is drawn: the states are counted beside them anyway."""
_LONGEST = 9  # letters that fit beside each other
_KINDS = ("Thành phố ", "Thị xã ", "Huyện ", "Quận ")
_FILE = Path(__file__).parent / "district_tiles.csv"


def _places() -> dict[str, tuple[int, int]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {line["code"]: (int(line["row"]), int(line["column"])) for line in csv.DictReader(file)}


PLACES = _places()
"""Row and column of a district, by its code."""


class Tile(Struct, frozen=True, kw_only=True):
    """A district: `told` of its own station, else of the worst of its communes'. `lines`: its name without its kind."""

    x: int
    y: int
    code: str
    name: str
    lines: list[str]
    own: BoardRow | None
    told: Status
    met: int
    aired: int
    communes: int


class TileMap(Struct, frozen=True, kw_only=True):
    """`dots` are communes that lie in no district, in their order, with their states."""

    width: int
    height: int
    tiles: list[Tile]
    dots: list[tuple[BoardRow, Status]]


def tile_map(board: Board, rows: Sequence[BoardRow]) -> TileMap:
    """Districts in Vietnamese order, so that who hears the map read hears them in it."""
    groups: dict[tuple[str, str], list[BoardRow]] = {}
    alone = []
    for row in rows:
        if (code := row.station.district_code) is None:
            alone.append(row)
        else:
            groups.setdefault((row.district_key, code), []).append(row)
    ordered = [groups[key] for key in sorted(groups)]
    places = placed([own[0].station.district_code or "" for own in ordered])
    tiles = [_tile(board, own, *place) for own, place in zip(ordered, places, strict=True)]
    return TileMap(
        width=max((tile.x for tile in tiles), default=0) + WIDE,
        height=max((tile.y for tile in tiles), default=0) + HIGH,
        tiles=tiles,
        dots=[(row, status(row, board)) for row in alone] if len(alone) <= MOST_DOTS else [],
    )


def placed(codes: Sequence[str]) -> list[tuple[int, int]]:
    """Row and column of each district: from the northernmost and the westernmost on: who reaches a few districts sees those."""
    found = [PLACES[code] for code in codes if code in PLACES]
    if len(set(found)) < len(codes):
        return [divmod(number, ACROSS) for number in range(len(codes))]
    north, west = (min(places, default=0) for places in (zip(*found, strict=True) if found else ((), ())))
    return [(line - north, column - west) for line, column in found]


def _tile(board: Board, rows: Sequence[BoardRow], line: int, column: int) -> Tile:
    own = next((row for row in rows if row.station.tier == "district"), None)
    communes = [row for row in rows if row is not own]
    name = rows[0].station.district_name or ""
    return Tile(
        x=column * (WIDE + GAP),
        y=line * (HIGH + GAP),
        code=rows[0].station.district_code or "",
        name=name,
        lines=lines_of(name),
        own=own,
        told=status(own if own is not None else _worst(rows), board),
        met=sum(row.status == "met" for row in communes),
        aired=sum((row.reported_ms if board.aired else row.planned_ms) > 0 for row in communes),
        communes=len(communes),
    )


def _worst(rows: Sequence[BoardRow]) -> BoardRow:
    return min(rows, key=lambda row: STATUSES.index(row.status))


def lines_of(name: str) -> list[str]:
    """In one line or two, what does not fit cut off."""
    for kind in _KINDS:
        name = name.removeprefix(kind)
    words = name.split()
    first = words[:1]
    for word in words[1:]:
        if len(" ".join([*first, word])) > _LONGEST - 1:
            break
        first.append(word)
    lines = [" ".join(first), " ".join(words[len(first) :])]
    return [line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…" for line in lines if line]
