"""Steps of errands as DBOS workflows, which all workers share. Importing this imports DBOS: only `server.jobs.durable` does."""

import threading
from contextlib import ExitStack

from dbos import DBOS

from server.jobs.workflows import ERRANDS, Worker
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
        for pause_s in _PAUSES_S:
            outcome = work_off(worker.context, name, worker.stopping.is_set)
            if outcome != "trouble" or worker.stopping.wait(pause_s):
                break
        return outcome
