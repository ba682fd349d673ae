"""Steps of errands as DBOS workflows, which all workers share. Importing this imports DBOS: only `server.jobs.durable` does."""

import threading
from contextlib import ExitStack

from dbos import DBOS

from server.jobs.kinds import ERRANDS
from server.jobs.workflows import AWAY_S, Worker
from server.services.errand_work import work_off

# Seconds to wait after each try that met trouble; what lasts longer is taken up again in a while.
_PAUSES_S = (0.5, 2.0, 5.0)
_one = threading.Lock()


@DBOS.workflow(name=ERRANDS.workflow, max_recovery_attempts=None)
def do_step(name: str) -> str:
    """Done, or why not: nothing of it is kept that the rows do not say."""
    worker = Worker.here()
    with worker.at_work(), _one, ExitStack() as held:
        if not worker.claim(held, name):
            return "elsewhere"
        pauses = list(_PAUSES_S)
        while True:
            outcome = work_off(worker.context, name, worker.stopping.is_set)
            if outcome == "away":
                pause_s = AWAY_S
            elif outcome == "trouble" and pauses:
                pause_s = pauses.pop(0)
            else:
                return outcome
            if worker.stopping.wait(pause_s):
                return outcome
