"""The limits that recordings are judged by: a province can have its own, these are the defaults."""

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Loudness and peaks are EBU R 128's for one channel (see `media.measure`); `…_share` are shares from 0 to 1.

    Silence before, inside and after counts where the sound lies 25 dB or more below the recording's loudness.
    """

    # The broadcast copy.
    target_lufs: float = -23.0
    tolerance_lu: float = 1.0
    max_true_peak_dbtp: float = -1.0
    # What is aired.
    shortest_ms: int = 20_000
    longest_ms: int = 1_800_000
    longest_leading_silence_ms: int = 1_000
    longest_trailing_silence_ms: int = 3_000
    longest_inner_silence_ms: int = 5_000
    noticed_inner_silence_ms: int = 3_000
    # The recording as it was sent. A gain beyond `most_gain_db` lifts the noise of the room with the voice.
    lowest_sample_rate: int = 22_050
    most_gain_db: float = 15.0
    # Tops cut off at full scale, for each minute: heard as a crackle now and then, as distortion where there are many.
    noticed_clips_per_minute: float = 2.0
    most_clips_per_minute: float = 60.0
    most_dc_offset_share: float = 0.01
    # Mains hum as it is on air: after the gain that brings the speech to the target.
    most_hum_dbfs: float = -55.0
    # One channel this much below the other is dead.
    dead_channel_db: float = 30.0
    # Channels that are each other's opposite have a correlation of −1, equal ones of 1.
    least_correlation: float = -0.5
    # See `media.speech` for how far it can be relied on.
    least_speech_share: float = 0.1
    # The share of the shorter of two recordings that has to sound the same for them to be called alike.
    similar_from: float = 0.5
