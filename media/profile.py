"""The limits that recordings are judged by: a province can have its own, these are the defaults."""

from typing import Annotated

import msgspec
from msgspec import Meta

Milliseconds = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
BelowFullScale = Annotated[float, Meta(ge=-120, le=0)]


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Loudness and peaks are EBU R 128's for one channel (see `media.measure`); `…_share` are shares from 0 to 1.

    Silence before, inside and after counts where the sound lies 25 dB or more below the recording's loudness.
    """

    # The broadcast copy.
    target_lufs: Annotated[float, Meta(ge=-40, le=-10)] = -23.0
    tolerance_lu: Positive = 1.0
    max_true_peak_dbtp: Annotated[float, Meta(ge=-20, le=0)] = -1.0
    # What is aired.
    shortest_ms: Milliseconds = 20_000
    longest_ms: Milliseconds = 1_800_000
    longest_leading_silence_ms: Milliseconds = 1_000
    longest_trailing_silence_ms: Milliseconds = 3_000
    longest_inner_silence_ms: Milliseconds = 5_000
    noticed_inner_silence_ms: Milliseconds = 3_000
    # The recording as it was sent. A gain beyond `most_gain_db` lifts the noise of the room with the voice.
    lowest_sample_rate: Annotated[int, Meta(ge=4_000, le=192_000)] = 22_050
    most_gain_db: Positive = 15.0
    # Tops cut off at full scale, for each minute: heard as a crackle now and then, as distortion where there are many.
    noticed_clips_per_minute: Positive = 2.0
    most_clips_per_minute: Positive = 60.0
    most_dc_offset_share: Share = 0.01
    # Mains hum as it is on air: after the gain that brings the speech to the target.
    most_hum_dbfs: BelowFullScale = -55.0
    # One channel this much below the other is dead.
    dead_channel_db: Positive = 30.0
    # Channels that are each other's opposite have a correlation of −1, equal ones of 1.
    least_correlation: Annotated[float, Meta(ge=-1, le=1)] = -0.5
    # See `media.speech` for how far it can be relied on.
    least_speech_share: Share = 0.1
    # The share of the shorter of two recordings that has to sound the same for them to be called alike.
    similar_from: Share = 0.5
