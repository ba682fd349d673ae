"""Liquidsoap's log (2.x): which files were aired, or, with two lines in the station's script, which segments.

At its own level (3) Liquidsoap writes `Prepared "/path/file.mp3" (RID 7).` as a track begins, in the device's local
time, and nothing of its titles: such a file is told by its name. A script that says all it knows ends with

    def loa_track(m) = log.important(label="loa", json.stringify(compact=true, m)) end
    radio.on_track(loa_track)                      # Liquidsoap 2.1: radio = source.on_track(radio, loa_track)

where `radio` plays the `annotate:` lines that are exported; then each track comes with its segment and with the
seconds since 1970 when it began, whatever the device's zone.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from schedules.logs.file_names import file_name
from schedules.logs.lines import (
    MOST_DURATION_MS,
    MOST_LINES,
    AiredFile,
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

_LINE = re.compile(r"(\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d) (?:\[([^\]]*):\d\]|>>>) (.*)", re.ASCII)
_PREPARED = re.compile(r'Prepared "(.*)" \(RID (\d+)\)\.?', re.ASCII)
_FINISHED = re.compile(r'Finished with "(.*)"\.?')
_ESCAPED = re.compile(r'\\(?:(\d{3})|([\\"nrtb]))', re.ASCII)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b"}
_MILLISECOND = timedelta(milliseconds=1)

# The log has whole seconds, and a track is over a little before or after its sound is.
_CUT = timedelta(seconds=3)


class _Track(Struct, kw_only=True):
    line: int
    source: str
    rid: str
    file: str
    starts_at: datetime
    facts: dict[str, str] | None = None
    ends_at: datetime | None = None


def read_liquidsoap(data: bytes, zone: ZoneInfo, files: Mapping[str, AiredFile] | None = None) -> Reading:
    """`zone` is the device's; `files` knows what the exported files are, by their names without folders.

    A track that something else followed, or that the end of the programme cut off, is as long as it sounded. Openings
    and closings are left out; files that nothing is known of are told by their name or title. Raises LogUnreadable.
    """
    lines: list[LogLine] = []
    refused: list[LineRefused] = []
    for track in _tracks(bounded(data).decode(errors="replace"), zone, refused):
        try:
            line = _said(track, files or {})
        except LineFault as fault:
            refused.append(fault.refused(track.line))
        else:
            if line is not None:
                lines.append(line)
    return Reading(lines=tuple(lines), refused=tuple(sorted(refused, key=lambda refusal: refusal.line)))


def _tracks(text: str, zone: ZoneInfo, refused: list[LineRefused]) -> list[_Track]:
    """Every track that began, with the end of those whose end is in the log."""
    tracks: list[_Track] = []
    playing: dict[str, _Track] = {}
    for number, at, label, message in _messages(text, zone, refused):
        if label == "main" and message.startswith("Shutdown started"):
            for last in playing.values():
                last.ends_at = at
            playing.clear()
        elif label is None:  # LOG START: whatever was playing then ended nobody knows when
            playing.clear()
        elif finished := _FINISHED.fullmatch(message):
            track = playing.get(label)
            if track is not None and track.file == _unescaped(finished[1]):
                del playing[label]
                track.ends_at = at
        elif begun := _begun(number, at, label, message, zone):
            told = _already_told(begun, playing)
            if told is not None:
                told.facts, told.starts_at = begun.facts, begun.starts_at
                continue
            if begun.source in playing:
                playing[begun.source].ends_at = at
            playing[begun.source] = begun
            tracks.append(begun)
            if len(tracks) > MOST_LINES:
                raise LogUnreadable(problem="too_many_lines", most=MOST_LINES)
    return tracks


def _already_told(begun: _Track, playing: Mapping[str, _Track]) -> _Track | None:
    """The track that a script's line is about, when Liquidsoap's own line about it came before."""
    if begun.facts is None:
        return None
    same = (each for each in playing.values() if each.file == begun.file and begun.rid in {"", each.rid})
    return next(same, None)


def _messages(text: str, zone: ZoneInfo, refused: list[LineRefused]) -> Iterator[tuple[int, datetime, str | None, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        found = _LINE.fullmatch(line.rstrip("\r"))
        if found is None:
            continue
        try:
            at = datetime(*(int(part) for part in found.groups()[:6]), tzinfo=zone)  # type: ignore[misc, arg-type]
            at.utctimetuple()
        except (ValueError, OverflowError):
            refused.append(LineFault("starts_at", line[:19], Fault.NOT_A_TIME).refused(number))
            continue
        yield number, at, found[7], found[8]


def _begun(number: int, at: datetime, label: str, message: str, zone: ZoneInfo) -> _Track | None:
    if prepared := _PREPARED.fullmatch(message):
        return _Track(line=number, source=label, rid=prepared[2], file=_unescaped(prepared[1]), starts_at=at)
    facts = _facts(message) if label == "loa" else None
    if facts is None:
        return None
    with suppress(KeyError, ValueError, OverflowError, OSError):  # without it, the log's own time
        at = datetime.fromtimestamp(float(facts["on_air_timestamp"]), UTC).astimezone(zone)
    return _Track(
        line=number,
        source=facts.get("source", ""),
        rid=facts.get("rid", ""),
        file=facts.get("filename", ""),
        starts_at=at,
        facts=facts,
    )


def _facts(message: str) -> dict[str, str] | None:
    """Liquidsoap writes a list of pairs, or an object where its maker says so."""
    try:
        said: Any = msgspec.json.decode(message)
        pairs = list(said.items()) if isinstance(said, dict) else said
        return dict(msgspec.convert(pairs, list[tuple[str, str]]))
    except (msgspec.DecodeError, RecursionError):
        return None


def _said(track: _Track, files: Mapping[str, AiredFile]) -> LogLine | None:
    name = file_name(track.file)
    facts = track.facts or {}
    known = files.get(name) or files.get(file_name(facts.get("initial_uri", "")))
    if "loa_kind" in facts and facts["loa_kind"] != "segment":
        return None
    if known is not None and known.segment is None:
        return None
    segment = facts.get("loa_segment") or (known.segment if known else None)
    title = facts.get("title") or (known.title if known else "") or name
    planned_ms = _milliseconds(facts.get("duration")) or (known.duration_ms if known else None)
    return LogLine(
        line=track.line,
        segment=code_text("segment", segment or ""),
        title=free_text("title", title),
        starts_at=track.starts_at,
        duration_ms=_sounded(track, planned_ms),
    )


def _sounded(track: _Track, planned_ms: int | None) -> int | None:
    """None where nothing shows that it was not whole."""
    if track.ends_at is None:
        return None
    sounded = track.ends_at - track.starts_at
    if planned_ms is None or sounded < timedelta(0) or sounded >= timedelta(milliseconds=planned_ms) - _CUT:
        return None
    return sounded // _MILLISECOND


def _milliseconds(seconds: str | None) -> int | None:
    try:
        length = round(float(seconds or "") * 1000)
    except (ValueError, OverflowError):
        return None
    return length if 0 < length <= MOST_DURATION_MS else None


def _unescaped(text: str) -> str:
    """Some messages have Vietnamese as it is, others each byte of it as three decimal digits."""

    def plain(found: re.Match[str]) -> bytes:
        if found[1]:
            return bytes([int(found[1])]) if int(found[1]) < 256 else found[0].encode()
        return _LETTERS.get(found[2], found[2]).encode()

    parts: list[bytes] = []
    end = 0
    for found in _ESCAPED.finditer(text):
        parts += [text[end : found.start()].encode(), plain(found)]
        end = found.end()
    return b"".join([*parts, text[end:].encode()]).decode(errors="replace")
