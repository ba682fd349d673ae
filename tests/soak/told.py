"""What the service acknowledged to its clients: what must be there at the end, whatever happened meanwhile."""

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock

_MOST_FAULTS = 20


@dataclass
class Told:
    """`faults` are answers that nobody should ever get, and what was seen to go backwards; threads share it."""

    uploads: dict[str, str] = field(default_factory=dict)  # title → SHA-256 of what was sent
    entries: dict[tuple[str, str], str] = field(default_factory=dict)  # station and the sender's key → entry
    publications: dict[str, list[int]] = field(default_factory=dict)  # month → numbers
    seen: dict[tuple[str, str], int] = field(default_factory=dict)  # station and month → number in its manifest
    edits: int = 0
    closings: list[tuple[str, int]] = field(default_factory=list)
    check_ins: dict[str, int] = field(default_factory=dict)  # station → the last number in its words
    backups: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def fault(self, text: str) -> None:
        with self.lock:
            if len(self.faults) < _MOST_FAULTS:
                self.faults.append(text)

    def answered(self, what: str) -> None:
        with self.lock:
            self.answers[what] += 1

    def published(self, month: str, number: int) -> None:
        with self.lock:
            self.publications.setdefault(month, []).append(number)
