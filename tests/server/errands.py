"""Jobs that wait until a test works them off, one step after the other."""

from dataclasses import dataclass, field

from sqlmodel import Session

from server.services.context import Context
from server.services.errand_work import work_off


@dataclass
class Waiting:
    """What a service asks for; nobody is there who does it but the test."""

    steps: list[str] = field(default_factory=list)
    stopping: bool = False

    def enqueue(self, session: Session, version_id: int) -> None:
        raise AssertionError((session, version_id))

    def enqueue_errand(self, session: Session, step: str) -> None:
        assert session.in_transaction()
        self.steps.append(step)

    def next(self, context: Context) -> str:
        return work_off(context, self.steps.pop(0), lambda: False)

    def all(self, context: Context) -> list[str]:
        outcomes = []
        while self.steps:
            outcomes.append(self.next(context))
        return outcomes
