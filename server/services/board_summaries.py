"""What the rows of a board come to: found once where a board is made, since a page of very many rows shows fifty."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from operator import attrgetter

from server.services.board_views import AlikeRows, BoardRow, BoardSummary

_STATE = attrgetter("status", "kind", "station.tier")


def summary_of(rows: Sequence[BoardRow]) -> BoardSummary:
    keys = list(map(_STATE, rows))
    one_of_each = {key[:2]: row for key, row in zip(keys, rows, strict=True)}
    many = Counter(keys)
    return BoardSummary(
        alike=[
            AlikeRows(one=row, districts=many[(*key, "district")], communes=many[(*key, "commune")])
            for key, row in one_of_each.items()
        ],
        districts=districts_of(rows),
        technologies=frozenset(map(attrgetter("station.technology"), rows)),
        languages=sorted(set(chain.from_iterable(map(attrgetter("station.languages"), rows)))),
        misses=sum(row.misses for row in rows),
        doubtful=sum(row.doubtful for row in rows),
    )


def districts_of(rows: Sequence[BoardRow]) -> list[tuple[str, str]]:
    """Code and name of each that a station lies in, in Vietnamese order."""
    one_of_each = {row.station.district_code: row for row in rows}
    found = sorted(
        (row.district_key, code, row.station.district_name or "") for code, row in one_of_each.items() if code
    )
    return [(code, name) for _key, code, name in found]
