"""Campaigns at the command line."""

import json
from pathlib import Path

import pytest

from tests.server.cli.command import did, loa
from tests.server.homes import copy_home


@pytest.fixture
def nobody(empty_home: Path, tmp_path: Path) -> Path:
    return copy_home(empty_home, tmp_path / "home")


def test_a_campaign_is_added_listed_and_changed(nobody: Path) -> None:
    ground = ("--name", "CCHC năm 2027", "--ground", "Kế hoạch số 12", "--from", "2027-01-01", "--to", "2027-12-31")
    assert "Ít lặp lại" in did(nobody, "campaigns", "add", "cchc-2027", *ground)
    asked = ("--weight", "topics=2.5", "--weight", "age=0", "--no-end", "--json")
    changed = json.loads(did(nobody, "campaigns", "set", "cchc-2027", *asked))
    assert (changed["weights"]["topics"], changed["weights"]["age"], changed["weights"]["reach"]) == (2.5, 0, 2)
    assert (changed["name"], changed["valid_from"], changed["valid_to"]) == ("CCHC năm 2027", "2027-01-01", None)
    assert json.loads(did(nobody, "campaigns", "show", "cchc-2027", "--json")) == changed
    listed = did(nobody, "campaigns", "list")
    assert "topics 2,5, spread 2" in listed
    assert "01/01/2027" in listed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("set", "khac"), "chưa có đợt nào"),
        (("add", "a", "--weight", "topics"), "Cần viết TÊN=SỐ"),
        (("add", "a", "--name", "A", "--ground", "B", "--weight", "topic=1"), "Không có trọng số topic"),
        (("add", "a", "--name", "A", "--ground", "B", "--weight", "age=-1"), "Trọng số age là «-1»"),
        (("add", "a", "--name", "A", "--ground", "B", "--weight", "age=nan"), "Trọng số age là «nan»"),
        (("set", "a", "--to", "2027-01-01", "--no-end"), "Chỉ nêu một trong --to và --no-end."),
    ],
)
def test_what_is_wrong_is_said_in_one_line(nobody: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = loa(nobody, "campaigns", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
