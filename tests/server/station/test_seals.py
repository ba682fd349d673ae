"""A seal that is good tells who wrote a manifest; what no station could go by is refused all the same."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from schedules.manifest import (
    Copy,
    Emergency,
    File,
    Manifest,
    RecalledSegment,
    SessionOnAir,
    SlotToPlay,
    SoundToPlay,
)
from server.station.folder import Folder
from server.station.refusals import AnswerNotUnderstood
from server.station.seals import require_sealed
from tests.server.station.sealing import KEY, OURS, sealed_by

AT = datetime(2026, 12, 1, 5, tzinfo=UTC)
A = "a" * 64
COPY = Copy(kind="broadcast", sha256=A, size=9, media_type="audio/mpeg", path=f"/api/v1/audio/{A}.mp3")
SOUND = SoundToPlay(kind="segment", title="Bài", start_ms=0, duration_ms=1000, sha256=A)
SLOT = SlotToPlay(key="h654.1", column="cchc", starts_at=AT, length_ms=1000, sounds=(SOUND,))
RECALL = RecalledSegment(
    number=1, kind="withdrawn", segment="b1", title="Bài", reason="?", recalled_at=AT, files=("b" * 64,)
)
SESSION = SessionOnAir(code="s", name="Sáng", weekdays=(1,), starts="05:00", ends="05:30")
CALL = Emergency(
    number=1, segment="b", title="Lũ", approved_at=AT, until=AT + timedelta(hours=1), duration_ms=1, sha256=A
)
GOOD = Manifest(
    station="h654",
    station_name="Đài",
    timezone="Asia/Ho_Chi_Minh",
    version="1",
    months=(),
    sessions=(SESSION,),
    slots=(SLOT,),
    files=(File(sha256=A, copies=(COPY,)),),
    recalls=(RECALL,),
    emergencies=(CALL,),
)


def with_copy(**facts: object) -> Manifest:
    return replace(GOOD, files=(File(sha256=A, copies=(replace(COPY, **facts),)),))


def with_slot(**facts: object) -> Manifest:
    return replace(GOOD, slots=(replace(SLOT, **facts),))


def test_what_a_station_can_go_by_is_taken() -> None:
    require_sealed(sealed_by(OURS, GOOD), key=KEY, station="h654", where="?")


@pytest.mark.parametrize(
    "made",
    [
        lambda: with_copy(sha256="../../../etc/x"),
        lambda: with_copy(path="@elsewhere.example/x"),
        lambda: with_copy(path=".elsewhere.example/x"),
        lambda: with_copy(path="/x\r\ny"),
        lambda: with_copy(size=-1),
        lambda: with_copy(size=1 << 60),
        lambda: replace(GOOD, files=(File(sha256="../x", copies=()),)),
        lambda: replace(GOOD, timezone="../../etc/passwd"),
        lambda: replace(GOOD, timezone="Asia/Ea_Kly"),
        lambda: with_slot(starts_at=AT.replace(tzinfo=None)),
        lambda: with_slot(starts_at=AT.replace(year=9999)),
        lambda: with_slot(length_ms=-1),
        lambda: with_slot(length_ms=1 << 62),
        lambda: with_slot(sounds=(replace(SOUND, duration_ms=-5),)),
        lambda: with_slot(sounds=(replace(SOUND, sha256="/etc/passwd"),)),
        lambda: replace(GOOD, recalls=(replace(RECALL, files=("../log",)),)),
        lambda: replace(GOOD, emergencies=(replace(CALL, until=AT.replace(tzinfo=None)),)),
        lambda: replace(GOOD, sessions=(replace(SESSION, starts="5 giờ"),)),
    ],
)
def test_what_no_station_can_go_by_is_refused_and_not_kept(tmp_path: Path, made: Callable[[], Manifest]) -> None:
    folder = Folder(tmp_path, key=KEY, station="h654")
    folder.make()
    folder.keep(sealed_by(OURS, GOOD))
    with pytest.raises(AnswerNotUnderstood):
        folder.keep(sealed_by(OURS, made()))
    assert folder.manifest() == GOOD
