"""`loa plan solve` as it is run, in this process: files in, a file or a sentence out."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from server.cli.main import main
from tests.checker import check
from tests.checker.facts import Json


class Answer(NamedTuple):
    """`plan` is None where none was written."""

    status: int
    said: str
    plan: Json | None


class FrontDoor:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def solve(self, content: bytes) -> Answer:
        source, target = self.folder / "instance.json", self.folder / "plan.json"
        source.write_bytes(content)
        target.unlink(missing_ok=True)
        status, said = self.run("plan", "solve", str(source), "--output", str(target))
        return Answer(status, said, json.loads(target.read_bytes()) if target.exists() else None)

    def run(self, *arguments: str) -> tuple[int, str]:
        """The exit status, and what was said beside what was printed."""
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert isinstance(left.value.code, int)
        return left.value.code, self._capsys.readouterr().err


def assert_planned(instance: Json, answer: Answer) -> Json:
    """Planned with no break, and said of itself what a second count finds."""
    assert (answer.status, answer.plan is None) == (0, False), answer.said
    assert answer.plan is not None
    report = check(instance, answer.plan)
    assert report.breaks == []
    assert report.differences == []
    return answer.plan


def assert_refused(answer: Answer) -> None:
    """With one sentence, and nothing written."""
    assert answer.status == 2, answer.said
    assert answer.plan is None
    assert answer.said.startswith("Lỗi: Bài toán lập lịch có lỗi")
    assert len(answer.said.splitlines()) == 1
