"""What a station keeps survives power cuts and is verified by whoever reads it."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.manifest import Seal, SealedManifest
from server.station.disk import write_whole
from server.station.folder import Folder
from server.station.lock import held
from server.station.refusals import FolderBusy, FolderUnwritable, ManifestOfAnother, SealBroken, SignedByAnother
from server.station.state import StationState, read_state, write_state
from tests.server.station.sealing import KEY, STRANGER, sealed

CODE = "h654"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "đài", key=KEY, station=CODE)
    made.make()
    return made


def anew(folder: Folder) -> Folder:
    """As the next process sees it."""
    return Folder(folder.root, key=folder.key, station=folder.station)


def version(folder: Folder) -> str | None:
    manifest = anew(folder).manifest()
    return manifest.version if manifest is not None else None


def test_the_newest_manifest_is_kept_and_the_one_before(folder: Folder) -> None:
    assert version(folder) is None
    for name in ("1", "2", "3"):
        folder.keep(sealed(name))
        assert version(folder) == name
    assert [each.manifest.version for each in anew(folder).kept()] == ["3", "2"]


@pytest.mark.parametrize("part", [0.0, 0.3, 0.999])
def test_a_torn_newest_falls_back_to_the_one_before(folder: Folder, part: float) -> None:
    folder.keep(sealed("1"))
    folder.keep(sealed("2"))
    content = folder.newest.read_bytes()
    folder.newest.write_bytes(content[: int(len(content) * part)])
    assert version(folder) == "1"
    anew(folder).keep(sealed("3"))  # and the torn one does not take the place of the whole one
    assert [each.manifest.version for each in anew(folder).kept()] == ["3", "1"]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_flipped_bit_passes(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    folder = Folder(tmp_path_factory.mktemp("flipped"), key=KEY, station=CODE)
    folder.keep(sealed("1"))
    whole = folder.manifest()
    content = bytearray(folder.newest.read_bytes())
    content[at % len(content)] ^= 1 << bit
    folder.newest.write_bytes(content)
    # White space and capitals of an escape may change; what is read may not.
    assert anew(folder).manifest() in {None, whole}


def test_between_the_two_renames_of_a_keeping_the_one_before_holds(folder: Folder) -> None:
    folder.keep(sealed("1"))
    folder.newest.replace(folder.before)
    assert version(folder) == "1"


def test_what_is_left_of_an_unfinished_writing_is_in_nobodys_way(folder: Folder) -> None:
    folder.keep(sealed("1"))
    folder.newest.with_name("manifest.json.new").write_bytes(b'{"manifest"')
    folder.keep(sealed("2"))
    assert version(folder) == "2"


def test_a_manifest_of_another_key_another_station_or_with_another_digest_is_not_kept(folder: Folder) -> None:
    folder.keep(sealed("1"))
    good = sealed("2")
    with pytest.raises(SignedByAnother):
        folder.keep(sealed("2", key=STRANGER))
    with pytest.raises(ManifestOfAnother):
        folder.keep(sealed("2", station="x24490"))
    with pytest.raises(SealBroken):
        folder.keep(SealedManifest(manifest=sealed("3").manifest, seal=good.seal))
    forged = Seal(digest=good.seal.digest, key=good.seal.key, signature=sealed("3").seal.signature)
    with pytest.raises(SealBroken):
        folder.keep(SealedManifest(manifest=good.manifest, seal=forged))
    with pytest.raises(SealBroken):
        folder.keep(
            SealedManifest(
                manifest=good.manifest, seal=Seal(digest=good.seal.digest, key=good.seal.key, signature="không phải")
            )
        )
    assert version(folder) == "1"


def test_a_sound_is_read_before_it_is_given_out(folder: Folder) -> None:
    folder.keep(sealed("1", sounds=(b"mot",)))
    copy = sealed("1", sounds=(b"mot",)).manifest.files[0].copies[0]
    place = folder.place(copy)
    assert folder.sound(copy.sha256) is None
    place.write_bytes(b"mot")
    assert folder.sound(copy.sha256) == place
    place.write_bytes(b"???")
    os.utime(place, ns=(1, 1))
    assert folder.sound(copy.sha256) is None
    assert folder.sound("f" * 64) is None


def test_a_name_that_is_no_hash_never_becomes_a_path(folder: Folder) -> None:
    copy = sealed("1", sounds=(b"mot",)).manifest.files[0].copies[0]
    evil = type(copy)(kind="broadcast", sha256="../../etc/passwd", size=1, media_type="audio/mpeg", path="/x")
    with pytest.raises(ValueError, match="passwd"):
        folder.place(evil)
    with pytest.raises(ValueError, match="passwd"):
        folder.part(evil)
    assert folder.place(copy).parent == folder.files


@pytest.mark.parametrize("content", [b"", b'{"etag":', b'{"etag": 5}', b"\0" * 300, b"[]"])
def test_half_a_state_file_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    assert read_state(path) == StationState()
    write_state(path, StationState(etag='"x"', had={"a"}))
    assert read_state(path) == StationState(etag='"x"', had={"a"})


def test_a_folder_in_which_a_file_stands_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "đài").write_bytes(b"")
    with pytest.raises(FolderUnwritable):
        Folder(tmp_path / "đài", key=KEY, station=CODE).make()


def test_a_lock_is_one_holders_and_free_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path), pytest.raises(FolderBusy), held(path, wait_s=0.1):
        raise AssertionError
    with held(path):
        pass


def test_writing_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_whole(path, b"old")
    write_whole(path, b"new", mode=0o600)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]
