"""What kinds of copies there are, and what each is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["broadcast", "light_opus", "light_mp3", "flac", "programme", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """`sample_rate` None is that of the recording, at most 48 kHz; `decoded_rate` is what players make of it."""

    file_name: str
    media_type: str
    sample_rate: int | None
    decoded_rate: int | None
    coder_loss_db: float
    has_id3: bool
    options: Mapping[str, object]


# libmp3lame multiplies what it is given by 0.95.
_MP3_LOSS_DB = 0.45
_MP3 = {"f": "mp3", "acodec": "libmp3lame", "id3v2_version": 0, "write_id3v1": 0}
# Without noise shaping, which at this rate costs half of the time and takes 14 dB of the signal-to-noise ratio.
_BROADCAST_MP3 = MappingProxyType({**_MP3, "audio_bitrate": "128k", "compression_level": 7})
FORMATS: Mapping[Kind, Format] = MappingProxyType(
    {
        "broadcast": Format(
            file_name="broadcast.mp3",
            media_type="audio/mpeg",
            sample_rate=44_100,
            decoded_rate=44_100,
            coder_loss_db=_MP3_LOSS_DB,
            has_id3=True,
            options=_BROADCAST_MP3,
        ),
        "light_opus": Format(
            file_name="light.opus",
            media_type="audio/ogg",
            sample_rate=24_000,
            # Opus plays at 48 kHz whatever it was given.
            decoded_rate=48_000,
            coder_loss_db=0.0,
            has_id3=False,
            # Below a complexity of 7 only the general coder is used: at 28 kbit/s it comes as near to the sound as the
            # speech coder does at 21, in a third of its time, and keeps music.
            options=MappingProxyType(
                {
                    "f": "ogg",
                    "acodec": "libopus",
                    "audio_bitrate": "28k",
                    "vbr": "constrained",
                    "compression_level": 5,
                    "frame_duration": 60,
                }
            ),
        ),
        "light_mp3": Format(
            file_name="light.mp3",
            media_type="audio/mpeg",
            sample_rate=24_000,
            decoded_rate=24_000,
            coder_loss_db=_MP3_LOSS_DB,
            has_id3=True,
            options=MappingProxyType({**_MP3, "audio_bitrate": "32k", "compression_level": 5}),
        ),
        "flac": Format(
            file_name="broadcast.flac",
            media_type="audio/flac",
            sample_rate=None,
            decoded_rate=None,
            coder_loss_db=0.0,
            has_id3=False,
            options=MappingProxyType({"f": "flac", "acodec": "flac", "sample_fmt": "s16"}),
        ),
        # The recording as it came, for the ears of who looks at where it begins and how loud it is: places stay exact.
        "whole": Format(
            file_name="whole.opus",
            media_type="audio/ogg",
            sample_rate=48_000,
            decoded_rate=48_000,
            coder_loss_db=0.0,
            has_id3=False,
            options=MappingProxyType({"f": "ogg", "acodec": "libopus", "audio_bitrate": "48k", "compression_level": 5}),
        ),
        "programme": Format(
            file_name="programme.mp3",
            media_type="audio/mpeg",
            sample_rate=44_100,
            decoded_rate=44_100,
            coder_loss_db=_MP3_LOSS_DB,
            has_id3=True,
            options=_BROADCAST_MP3,
        ),
    }
)
