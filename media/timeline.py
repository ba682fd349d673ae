"""Where the bars of a picture go: what was heard, above the time line of the recording. Words are the caller's."""

from collections.abc import Iterable

import msgspec

from media.hearing import Heard


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A part of `heard` as places on a line of the given width; `lane` counts upwards from the line, from 0."""

    heard: Heard
    x: float
    width: float
    lane: int


def bars(heard: Iterable[Heard], duration_ms: int, *, width: int = 1000, least: float = 2.0) -> list[Bar]:
    """All parts, in the order of their beginning; airings that would lie over each other get lanes of their own.

    A bar is at least `least` wide, to be seen at all in the picture of a day.
    """
    scale = width / max(1, duration_ms)
    ends: list[float] = []
    drawn: list[Bar] = []
    for airing in sorted(heard, key=lambda airing: airing.start_ms):
        places = [
            (
                max(0.0, part.recording_from_ms * scale),
                max(least, (part.recording_to_ms - part.recording_from_ms) * scale),
            )
            for part in airing.parts
        ]
        lane = next((number for number, end in enumerate(ends) if end <= places[0][0]), len(ends))
        ends[lane : lane + 1] = [sum(places[-1])]
        drawn += [Bar(heard=airing, x=round(x, 1), width=round(wide, 1), lane=lane) for x, wide in places]
    return drawn
