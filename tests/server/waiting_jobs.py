"""Jobs of a process that works nothing off: whoever does finds the rows."""

from sqlmodel import Session

from server.db.plans import PlanningRun


class WaitingJobs:
    stopping = False

    def enqueue(self, session: Session, version_id: int) -> None:
        raise AssertionError((session, version_id))

    def enqueue_plan(self, session: Session, run_id: str) -> None:
        assert session.get(PlanningRun, run_id) is not None
