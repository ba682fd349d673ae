"""What the compiler keeps on disk: found again by the next process, not found once any of the code has changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schedules.planner.annealing.compiling import checksum, package_version

PART = """
from schedules.planner.annealing.compiling import compiled, inlined

@inlined
def twice(number):
    return 2 * number

@compiled
def part(number):
    return twice(number) + 1
"""
FRONT = """
from small.parts import part
from schedules.planner.annealing.compiling import entry

def _make(version):
    def front(number):
        _ = version
        return part(number)
    return front

front = entry("int64(int64)", _make)
"""
CALL = "from small.front import front; print(front(20), sum(front.stats.cache_hits.values()))"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A package with a compiled function in one file and an entry that calls it in another."""
    package = tmp_path / "small"
    package.mkdir()
    for name, text in {"__init__": "", "parts": PART, "front": FRONT}.items():
        (package / f"{name}.py").write_text(text)
    return package


def call(package: Path) -> tuple[int, int]:
    """What a new process gets from the entry, and how often it found it on disk."""
    path = os.pathsep.join([str(package.parent), str(Path(__file__).parents[2])])
    home = package.parent / "home"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")},
        "PYTHONPATH": path,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
    }
    run = subprocess.run([sys.executable, "-c", CALL], env=environment, capture_output=True, text=True, check=True)
    result, hits = run.stdout.split()
    return int(result), int(hits)


def test_the_next_process_finds_what_was_compiled_until_another_file_changes(small: Path) -> None:
    assert call(small) == (41, 0)
    assert call(small) == (41, 1)
    (small / "parts.py").write_text(PART.replace("2 * number", "3 * number"))
    assert call(small) == (61, 0)


def test_what_is_kept_may_be_damaged(small: Path) -> None:
    call(small)
    for kept in (small / "__pycache__").glob("*.nbc"):
        kept.write_bytes(kept.read_bytes()[:100])
    assert call(small) == (41, 0)


def test_without_a_folder_to_keep_it_in_it_is_compiled_all_the_same(small: Path) -> None:
    for file in ("small/__pycache__", "home"):
        (small.parent / file).write_text("in the way of a folder")
    assert call(small) == (41, 0)


def test_a_version_changes_with_each_text() -> None:
    versions = [checksum(texts) for texts in (("ab", "c"), ("a", "bc"), ("ab", "d"), ("ab",), ("ab", "c", ""))]
    assert len(set(versions)) == len(versions)
    assert package_version("schedules.planner.annealing") != package_version("schedules.planner")
