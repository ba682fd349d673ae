"""`loa media`: what a person sees of the store's health, and how it is cleared."""

import json
import os
import socket
from pathlib import Path

import pytest

from tests.s3_server import S3Server
from tests.server.cli.command import did, loa
from tests.server.homes import copy_home

LONG_AGO = 1_600_000_000


def stored(home: Path) -> list[Path]:
    return sorted(path for path in (home / "store").rglob("*") if path.is_file())


def unused(home: Path, content: bytes = b"nobody's") -> Path:
    """A file that nothing refers to, put there long ago."""
    name = "ab" * 32
    path = home / "store" / name[:2] / name[2:4] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def test_a_whole_store_is_said_to_be_whole(home: Path) -> None:
    done = loa(home, "media", "verify")

    count = len(stored(home))
    assert (done.returncode, done.stdout) == (0, "")
    assert f"Đã đọc {count} tệp: {count} tệp nguyên vẹn" in done.stderr
    assert "0 tệp thiếu, 0 tệp hỏng" in done.stderr


def test_missing_and_damaged_files_are_listed_with_their_segments_and_nothing_is_touched(home: Path) -> None:
    segment = json.loads(did(home, "segments", "show", "b0001", "--json"))["segment"]["audio"]
    original, copy = segment["original_sha256"], segment["broadcast_sha256"]
    files = {path.name: path for path in stored(home)}
    files[original].unlink()
    files[copy].unlink()
    files[copy].write_bytes(b"noise")
    before = stored(home)

    done = loa(home, "media", "verify")
    told = loa(home, "media", "verify", "--json")

    assert done.returncode == told.returncode == 3
    lines = {line.split()[-1]: line for line in done.stdout.splitlines() if "b0001" in line}
    assert set(lines) == {original, copy}
    assert "✕ thiếu" in lines[original]
    assert "bản gốc" in lines[original]
    assert "✕ hỏng" in lines[copy]
    assert "bản phát sóng" in lines[copy]
    assert "1 tệp thiếu, 1 tệp hỏng" in done.stderr
    assert "bản sao lưu" in done.stderr
    found = json.loads(told.stdout)
    assert (found["missing"], found["corrupt"], found["ok"]) == (1, 1, found["files"] - 2)
    assert {problem["sha256"] for problem in found["problems"]} == {original, copy}
    assert stored(home) == before


def test_what_nobody_uses_is_shown_and_then_removed(home: Path) -> None:
    before = stored(home)
    unused(home, bytes(3_000_000))

    would = did(home, "media", "gc", "--dry-run", "--json")
    shown = loa(home, "media", "gc", "--dry-run")

    assert len(stored(home)) == len(before) + 1
    assert "Sẽ xóa 1 tệp, giải phóng 3,0 MB" in shown.stderr
    done = loa(home, "media", "gc")
    assert done.returncode == 0
    assert "Đã xóa 1 tệp, giải phóng 3,0 MB" in done.stderr
    assert stored(home) == before
    told = json.loads(would)
    assert (told["dry_run"], told["unused"], told["unused_size"], told["young"]) == (True, 1, 3_000_000, 0)
    assert json.loads(did(home, "media", "gc", "--json"))["unused"] == 0


def test_what_came_lately_waits_for_as_long_as_was_said(home: Path) -> None:
    path = unused(home)
    os.utime(path)

    done = loa(home, "media", "gc", "--grace-days", "30")

    assert "Đã xóa 0 tệp" in done.stderr
    assert "Còn 1 tệp" in done.stderr
    assert "30 ngày" in done.stderr
    assert path.exists()


def test_an_empty_database_does_not_empty_a_full_store(empty_home: Path, tmp_path: Path) -> None:
    home = copy_home(empty_home, tmp_path / "home")
    path = unused(home)

    refused = loa(home, "media", "gc")
    shown = loa(home, "media", "gc", "--dry-run")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "không dùng đến 1 trong 1 tệp" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert "--even-most" in shown.stderr
    assert path.exists()
    did(home, "media", "gc", "--even-most")
    assert not path.exists()


@pytest.mark.parametrize("days", ["0", "-1", "một tuần", "99999"])
def test_a_grace_that_makes_no_sense_is_refused(empty_home: Path, tmp_path: Path, days: str) -> None:
    done = loa(copy_home(empty_home, tmp_path / "home"), "media", "gc", "--grace-days", days)

    assert done.returncode == 2
    assert done.stderr.startswith("Lỗi: ")


def test_a_bucket_is_read_and_cleared_in_the_same_way(home: Path, s3_server: S3Server) -> None:
    place = s3_server.folder()
    settings = {
        **s3_server.environment,
        "LOA_STORE_URL": f"s3://{place.bucket}/{place.prefix}?endpoint={place.endpoint}",
    }
    for path in stored(home):
        key = path.relative_to(home / "store").as_posix()
        s3_server.client().upload_file(str(path), place.bucket, f"{place.prefix}/{key}")

    whole = loa(home, "media", "verify", **settings)
    assert f"Đã đọc {len(stored(home))} tệp: {len(stored(home))} tệp nguyên vẹn" in whole.stderr
    assert "Đã xóa 0 tệp" in loa(home, "media", "gc", **settings).stderr
    wrong = loa(home, "media", "verify", **settings | {"AWS_SECRET_ACCESS_KEY": "another"})
    assert wrong.returncode == 3
    assert "AWS_SECRET_ACCESS_KEY" in wrong.stderr
    assert s3_server.location.secret_access_key not in wrong.stderr


def test_a_bucket_that_does_not_answer_is_one_sentence(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = {
        "LOA_STORE_URL": f"s3://loa-audio?endpoint=http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "topsecret",
    }

    for command in ("verify", "gc"):
        done = loa(home, "media", command, **settings)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"s3://loa-audio?endpoint=http://127.0.0.1:{port}" in done.stderr
        assert "không trả lời" in done.stderr
        assert done.stderr.count("\n") == 1
        assert "topsecret" not in done.stderr
        assert "AKIAEXAMPLE" not in done.stderr
