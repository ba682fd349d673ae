"""Who a line is: the same statement, sent again in any log of its source, has the same uid."""

import hashlib

import msgspec

from schedules.folding import fold
from schedules.instants import to_ms
from schedules.logs.lines import LogLine


def uid_of(station: str, line: LogLine, source: str) -> str:
    """From the source's own identifier where the line has one, else from all that it says but its number.

    `station` is the code of the station that the line is about; `source` is csv, mpd and the like.
    """
    if line.external_id is not None:
        return uid_of_external(station, line.external_id, source)
    said = (
        station,
        line.slot,
        line.segment if line.segment is not None else ["title", fold(line.title)],
        None if line.starts_at is None else to_ms(line.starts_at),
        line.duration_ms,
        line.aired,
        line.reason,
        # To and fro: not aired, aired after all, not aired again for the same reason are three statements.
        line.corrects,
    )
    return _digest(source, "said", said)


def uid_of_external(station: str, external_id: str, source: str) -> str:
    """Also of what a line corrects: `LogLine.corrects` is such an identifier."""
    return _digest(source, "named", (station, external_id))


def _digest(*facts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:32]
