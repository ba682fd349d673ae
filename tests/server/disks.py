"""A small disk of its own, to be filled."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, *, mib: int) -> Iterator[Path]:
    """Mounted at `place`, which is made. Only root may: where everything is to be tried, as in CI, not to is a failure."""
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(place)], check=False).returncode:
        assert not os.environ.get("CI")
        pytest.skip("only root may mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """To the last byte, until the end."""
    ballast = disk / "ballast"
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        for size in (1 << 20, 1 << 12, 1):
            with_room = True
            while with_room:
                try:
                    with_room = os.write(descriptor, bytes(size)) == size
                except OSError:
                    with_room = False
        yield
    finally:
        os.close(descriptor)
        ballast.unlink()
