"""A store of S3 that answers 500, says nothing, breaks off or is slow: told in clear words, tried again, nothing lost."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from media.refusals import StoreUnreachable
from server.services.backup_checks import verify_backup
from server.services.backup_making import make_backup
from server.services.backup_sealing import Sealing
from server.services.backups import list_backups, read_backup
from server.services.context import Context
from server.services.intake import settle
from server.services.segments import get_segment
from tests.s3_faults import Trouble, TroubledLine, troubled_line
from tests.s3_server import S3Server
from tests.server.databases import open_context
from tests.server.homes import copy_home
from tests.server.services.arriving import send, settle_in, tone

PLAIN = Sealing(None)
TROUBLES: list[Trouble] = ["errors", "silent", "cut"]


@pytest.fixture
def line(s3_server: S3Server) -> Iterator[TroubledLine]:
    with troubled_line(s3_server.location.endpoint or "") as found:
        yield found


@pytest.fixture
def context(empty_home: Path, s3_server: S3Server, line: TroubledLine, tmp_path: Path) -> Iterator[Context]:
    """Sounds go over the troubled line."""
    location = replace(s3_server.folder(), endpoint=line.endpoint)
    found = open_context(home=copy_home(empty_home, tmp_path / "home"), s3=location)
    settle_in(found)
    yield found
    found.close()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_recording_waits_for_a_store_that_is_ill_and_is_whole_afterwards(
    context: Context, line: TroubledLine, tmp_path: Path, trouble: Trouble
) -> None:
    source = tone(tmp_path)
    version = send(context, source)
    line.make(trouble)
    with pytest.raises(StoreUnreachable):
        settle(context, version)
    [waiting] = get_segment(context, "b0001").versions
    assert waiting.state == "processing"
    assert waiting.refusal is not None
    assert waiting.refusal.code == "store.unreachable"
    line.make("none")
    settle(context, version)
    assert get_segment(context, "b0001").state == "submitted"
    make_backup(context, tmp_path / "backups", PLAIN)
    kept = {sha256: context.store.read(sha256) for sha256, _size in read_backup(tmp_path / "backups").sounds}
    assert source.read_bytes() in {b"".join(pieces) for pieces in kept.values()}


def test_a_slow_store_is_waited_for(context: Context, line: TroubledLine, tmp_path: Path) -> None:
    line.make("slow")
    settle(context, send(context, tone(tmp_path)))
    assert get_segment(context, "b0001").state == "submitted"


@pytest.mark.parametrize("trouble", ["errors", "cut"])
def test_a_backup_from_a_store_that_is_ill_is_refused_and_leaves_nothing(
    context: Context, line: TroubledLine, tmp_path: Path, trouble: Trouble
) -> None:
    settle(context, send(context, tone(tmp_path)))
    folder = tmp_path / "backups"
    line.make(trouble)
    with pytest.raises(StoreUnreachable):
        make_backup(context, folder, PLAIN)
    assert list_backups(folder) == []
    assert not list(folder.rglob(".*.part"))
    line.make("none")
    made = make_backup(context, folder, PLAIN)
    assert made.missing == []
    assert verify_backup(context, folder, read_backup(folder), PLAIN).faults == []
