"""As-run records of a province's source system ("hệ thống thông tin nguồn"): JSON in, lines out.

No official list of fields could be read; the names are those seen in deployed systems. What is assumed: `ThoiLuong`
is in seconds, `ThoiDiemBatDau` in seconds since 1970, `LoaiBanTin` 3 is audio, `TiepAm` 1 means relayed, which is aired
like anything else.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schedules.logs.lines import (
    MOST_DURATION_MS,
    MOST_LINES,
    Fault,
    LineFault,
    LineRefused,
    LogLine,
    LogUnreadable,
    Reading,
    bounded,
    code_text,
    free_text,
)

_AUDIO = 3
_LATEST = 253_402_214_400  # 9999-12-31
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_source_system(
    data: bytes, zone: ZoneInfo, *, stations: Mapping[str, str], segments: Mapping[str, str]
) -> Reading:
    """A JSON list of records. A line is a record's place in it, from 1; a refusal's field its path, "[0].ThoiLuong".

    `stations` gives the station of a CumLoaID or DichID, `segments` the segment of a BanTinID; a bulletin that is not
    among them is told by its title, a station that is not is refused, and a record that names none is the sender's.
    Raises LogUnreadable.
    """
    try:
        records: Any = msgspec.json.decode(bounded(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LogUnreadable(problem="not_json") from error
    if not isinstance(records, list):
        raise LogUnreadable(problem="not_json")
    if len(records) > MOST_LINES:
        raise LogUnreadable(problem="too_many_lines", most=MOST_LINES)
    lines: list[LogLine] = []
    refused: list[LineRefused] = []
    for place, record in enumerate(records):
        try:
            lines.append(_said(place, record, zone, stations, segments))
        except LineFault as fault:
            refused.append(fault.refused(place + 1))
    return Reading(lines=tuple(lines), refused=tuple(refused))


class _Record:
    """A record's fields by their types. All raise LineFault with the field's path."""

    def __init__(self, place: int, record: object) -> None:
        self._at = f"[{place}]"
        if not isinstance(record, dict):
            raise LineFault(self._at, record, Fault.NOT_A_RECORD)
        self._facts: dict[str, object] = record

    def path(self, name: str) -> str:
        return f"{self._at}.{name}"

    def _value(self, name: str, *, needed: bool) -> object:
        value = self._facts.get(name)
        if value is None and needed:
            raise LineFault(self.path(name), "", Fault.MISSING)
        return value

    def whole(self, name: str, least: int, most: int, *, needed: bool = False) -> int | None:
        value = self._value(name, needed=needed)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise LineFault(self.path(name), value, Fault.WRONG_TYPE)
        if not least <= value <= most:
            raise LineFault(self.path(name), value, Fault.OUT_OF_RANGE)
        return value

    def seconds(self, name: str) -> int | None:
        """Whole milliseconds."""
        value = self._value(name, needed=False)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise LineFault(self.path(name), value, Fault.WRONG_TYPE)
        if not 0 < value <= MOST_DURATION_MS // 1000:
            raise LineFault(self.path(name), value, Fault.DURATION_OUT_OF_RANGE)
        return max(1, round(value * 1000))

    def text(self, name: str, *, needed: bool = False) -> str:
        value = self._value(name, needed=needed)
        if not isinstance(value, str | None):
            raise LineFault(self.path(name), value, Fault.WRONG_TYPE)
        return free_text(self.path(name), value or "")

    def identifier(self, name: str, *, needed: bool = False) -> str | None:
        """A text or a whole number, as systems write them."""
        value = self._value(name, needed=needed)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise LineFault(self.path(name), value, Fault.WRONG_TYPE)
        return code_text(self.path(name), str(value))


def _said(
    place: int, given: object, zone: ZoneInfo, stations: Mapping[str, str], segments: Mapping[str, str]
) -> LogLine:
    record = _Record(place, given)
    kind = record.whole("LoaiBanTin", 0, 99)
    if kind not in {None, _AUDIO}:
        raise LineFault(record.path("LoaiBanTin"), kind, Fault.NOT_AUDIO)
    bulletin = record.identifier("BanTinID", needed=True)
    title = record.text("TieuDe")
    segment = segments.get(bulletin) if bulletin else None
    if segment is None and not title:
        raise LineFault(record.path("TieuDe"), "", Fault.NAMES_NOTHING)
    for name, least, most in (("MucDoUuTien", 1, 3), ("TiepAm", 0, 1)):
        record.whole(name, least, most)
    began = record.whole("ThoiDiemBatDau", 0, _LATEST, needed=True) or 0
    return LogLine(
        line=place + 1,
        station=_station(record, stations),
        segment=segment,
        title=title,
        starts_at=(_EPOCH + timedelta(seconds=began)).astimezone(zone),
        duration_ms=record.seconds("ThoiLuong"),
    )


def _station(record: _Record, stations: Mapping[str, str]) -> str | None:
    named = [(name, record.identifier(name)) for name in ("CumLoaID", "DichID")]
    for _name, identifier in named:
        if identifier is not None and identifier in stations:
            return stations[identifier]
    for name, identifier in named:
        if identifier is not None:
            raise LineFault(record.path(name), identifier, Fault.UNKNOWN_STATION)
    return None
