"""Playlists for the players stations have: values in, bytes out, no title can break a line or add an entry.

What the formats hold was set by what readers do with them (mpd 0.23, Liquidsoap 2.1, VLC 3):

* `#EXTINF` has whole seconds: with decimals mpd and Liquidsoap drop the title.
* `#EXTINF` says "artist - title": VLC takes what stands before the first comma or dash for an artist.
* Liquidsoap drops a track whose title holds `#{`, its mark for an expression inside a string.
* In a PLS title Liquidsoap sees `file1=…` as one more entry, wherever it stands in the line.
* Liquidsoap of Debian 12 reads no XSPF: it gets M3U8, PLS or `annotate:` lines.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from xml.sax.saxutils import escape

import msgspec
from msgspec import Struct

from schedules.exports.cells import cell
from schedules.exports.locations import checked_location
from schedules.exports.printable import one_line
from schedules.refusals import ScheduleRefusal


@dataclass(kw_only=True, eq=False)
class UnknownFormat(ScheduleRefusal):
    code: ClassVar[str] = "export.unknown_format"
    name: str
    known: list[str]


class Track(Struct, frozen=True, kw_only=True):
    """One audio file in a playlist.

    `location` is an absolute http(s) URL or a path of ASCII letters relative to the playlist, percent-encoded
    where needed; `creator` is who made it, `album` the column; `duration_ms` is decoded audio between cue
    points; `sha256` (hex) and `size` (bytes) are those of the file at `location`. Raises UnsafeLocation.
    """

    location: str
    title: str
    creator: str | None = None
    album: str | None = None
    duration_ms: int
    starts_at: datetime | None = None
    language: str | None = None
    segment: str | None = None
    kind: Literal["opening", "segment", "closing"] = "segment"
    sha256: str
    size: int

    def __post_init__(self) -> None:
        checked_location(self.location)


class Playlist(Struct, frozen=True, kw_only=True):
    """Tracks in the order they are aired; `creator` is the station's name, `station` its code."""

    title: str
    tracks: Sequence[Track]
    creator: str | None = None
    station: str | None = None
    revision: int | None = None


def _whole_seconds(duration_ms: int) -> int:
    """Rounded; a short sound is not 0, which readers take for unknown."""
    return max(1, (duration_ms + 500) // 1000) if duration_ms > 0 else 0


def _text(text: str | None) -> str | None:
    return (one_line(text) or None) if text is not None else None


def _safe(playlist: Playlist) -> Playlist:
    """The same playlist with every text on one line and printable."""
    tracks = [
        msgspec.structs.replace(
            track,
            title=one_line(track.title),
            creator=_text(track.creator),
            album=_text(track.album),
            language=_text(track.language),
            segment=_text(track.segment),
            sha256=one_line(track.sha256),
        )
        for track in playlist.tracks
    ]
    return msgspec.structs.replace(
        playlist,
        title=one_line(playlist.title),
        tracks=tracks,
        creator=_text(playlist.creator),
        station=_text(playlist.station),
    )


def _unexpressed(text: str) -> str:
    return text.replace("#{", "# {")


def _m3u8(playlist: Playlist) -> str:
    lines = ["#EXTM3U", "#EXTENC:UTF-8", f"#PLAYLIST:{playlist.title}"]
    for track in playlist.tracks:
        artist = (track.creator or track.album or playlist.title).replace(" - ", " – ")
        shown = f"{artist} - {track.title}" if artist else track.title
        lines += [f"#EXTINF:{_whole_seconds(track.duration_ms)},{_unexpressed(shown)}", track.location]
    return "\n".join(lines) + "\n"


_PLS_FILE_KEY = re.compile(r"(file\d*\s*)=", re.IGNORECASE)


def _pls(playlist: Playlist) -> str:
    lines = ["[playlist]"]
    for number, track in enumerate(playlist.tracks, 1):
        title = _PLS_FILE_KEY.sub(r"\1＝", track.title)
        lines += [
            f"File{number}={track.location}",
            f"Title{number}={title}",
            f"Length{number}={_whole_seconds(track.duration_ms)}",
        ]
    lines += [f"NumberOfEntries={len(playlist.tracks)}", "Version=2"]
    return "\n".join(lines) + "\n"


def _xspf(playlist: Playlist) -> str:
    def element(name: str, value: str | int | None, indent: str) -> list[str]:
        return [] if value is None else [f"{indent}<{name}>{escape(str(value))}</{name}>"]

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<playlist version="1" xmlns="http://xspf.org/ns/0/">']
    lines += element("title", playlist.title, "  ") + element("creator", playlist.creator, "  ")
    lines.append("  <trackList>")
    for number, track in enumerate(playlist.tracks, 1):
        lines.append("    <track>")
        lines += element("location", track.location, "      ")
        lines += element("title", track.title, "      ")
        lines += element("creator", track.creator, "      ")
        lines += element("album", track.album, "      ")
        lines += element("trackNum", number, "      ")
        lines += element("duration", track.duration_ms, "      ")
        lines.append("    </track>")
    lines += ["  </trackList>", "</playlist>"]
    return "\n".join(lines) + "\n"


_COLUMNS = (
    "position", "starts_at", "duration_ms", "kind", "title", "creator", "album", "language", "segment",
    "location", "sha256", "size",
)  # fmt: skip


def _csv(playlist: Playlist) -> str:
    sheet = io.StringIO(newline="")
    rows = csv.writer(sheet)
    rows.writerow(_COLUMNS)
    for number, track in enumerate(playlist.tracks, 1):
        facts = (
            number,
            track.starts_at.isoformat() if track.starts_at else None,
            track.duration_ms,
            track.kind,
            track.title,
            track.creator,
            track.album,
            track.language,
            track.segment,
            track.location,
            track.sha256,
            track.size,
        )
        rows.writerow([cell(fact) for fact in facts])
    return "\ufeff" + sheet.getvalue()


def _json(playlist: Playlist) -> str:
    return msgspec.json.format(msgspec.json.encode(playlist), indent=2).decode() + "\n"


def _quoted(value: str) -> str:
    return '"' + _unexpressed(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def annotations(facts: Mapping[str, str | None]) -> str:
    """As they stand between `annotate:` and the location; those that are None are left out."""
    return ",".join(f"{key}={_quoted(value)}" for key, value in facts.items() if value is not None)


def _annotate(playlist: Playlist) -> str:
    lines = []
    for track in playlist.tracks:
        facts = {
            "title": track.title,
            "artist": track.creator,
            "album": track.album,
            "duration": f"{track.duration_ms / 1000:.3f}",
            "loa_kind": track.kind,
            "loa_segment": track.segment,
            "loa_language": track.language,
            "loa_starts_at": track.starts_at.isoformat() if track.starts_at else None,
            "loa_sha256": track.sha256,
        }
        lines.append(f"annotate:{annotations(facts)}:{track.location}\n")
    return "".join(lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaylistFormat:
    """`extension` has no dot; `media_type` is what an HTTP answer says."""

    name: str
    media_type: str
    extension: str
    write: Callable[[Playlist], str]

    def render(self, playlist: Playlist) -> bytes:
        return self.write(_safe(playlist)).encode()


FORMATS: dict[str, PlaylistFormat] = {
    known.name: known
    for known in (
        # Not application/vnd.apple.mpegurl, which is HLS; no charset, with which VLC does not know it any more.
        PlaylistFormat(name="m3u8", media_type="audio/x-mpegurl", extension="m3u8", write=_m3u8),
        PlaylistFormat(name="pls", media_type="audio/x-scpls", extension="pls", write=_pls),
        PlaylistFormat(name="xspf", media_type="application/xspf+xml", extension="xspf", write=_xspf),
        PlaylistFormat(name="csv", media_type="text/csv; charset=utf-8", extension="csv", write=_csv),
        PlaylistFormat(name="json", media_type="application/json", extension="json", write=_json),
        PlaylistFormat(name="annotate", media_type="text/plain; charset=utf-8", extension="txt", write=_annotate),
    )
}


def playlist_format(name: str) -> PlaylistFormat:
    """Raises UnknownFormat."""
    if name not in FORMATS:
        raise UnknownFormat(name=name, known=sorted(FORMATS))
    return FORMATS[name]
