"""Where a recording begins and ends on air."""

from collections.abc import Sequence
from dataclasses import dataclass

from media.measure import Silence

MARGIN_MS = 200
_AT_THE_EDGE_MS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """The half-open piece that is aired and counted, in milliseconds of decoded sound."""

    cue_in_ms: int
    cue_out_ms: int

    @property
    def duration_ms(self) -> int:
        return self.cue_out_ms - self.cue_in_ms


def find_cues(silences: Sequence[Silence], duration_ms: int) -> Cues:
    """Leave out the silence before and after, all but 200 ms of it; what lies between is never touched.

    Talk is not cut: a stretch is silent only where every sample is below −65 dBFS for half a second, and the
    margin keeps the breath before the first word and the fade of the last.
    """
    cue_in_ms, cue_out_ms = 0, duration_ms
    if silences and silences[0].start_ms <= _AT_THE_EDGE_MS:
        cue_in_ms = max(0, silences[0].end_ms - MARGIN_MS)
    if silences and silences[-1].end_ms >= duration_ms - _AT_THE_EDGE_MS:
        cue_out_ms = min(duration_ms, silences[-1].start_ms + MARGIN_MS)
    if cue_out_ms <= cue_in_ms:
        return Cues(cue_in_ms=0, cue_out_ms=duration_ms)
    return Cues(cue_in_ms=cue_in_ms, cue_out_ms=cue_out_ms)
