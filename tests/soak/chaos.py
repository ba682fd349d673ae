"""What happens meanwhile: processes are killed, stopped, paused, started anew; PostgreSQL too; the store falls ill."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from tests.s3_faults import Trouble
from tests.soak.stage import Served, Stage
from tests.soak.told import Told

_TROUBLES: tuple[Trouble, ...] = ("errors", "silent", "slow", "cut")


class Chaos:
    """To be used from the thread that ends last: processes die with the thread that started them."""

    def __init__(self, stage: Stage, told: Told, seed: int) -> None:
        self._stage, self._told = stage, told
        self._chance = random.Random(f"{seed} chaos")  # noqa: S311 (what goes wrong)
        self.done: Counter[str] = Counter()
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._backup: subprocess.Popen[bytes] | None = None

    def go_on(self, until: float) -> None:
        """As long as the monotonic clock says less."""
        acts: list[tuple[Callable[[], None], int]] = [
            (self._kill, 4),
            (self._restart, 3),
            (self._pause, 2),
            (self._back_up, 3),
            (self._kill_backup, 1),
        ]
        if self._stage.server is not None:
            acts += [(self._restart_server, 2), (self._trouble_store, 4)]
        while time.monotonic() < until:
            [act] = self._chance.choices([act for act, _ in acts], [weight for _, weight in acts])
            act()
            self._wait(min(self._chance.uniform(0.5, 4), max(0.0, until - time.monotonic())))

    def end(self) -> None:
        """All is mended: nobody is paused, and the store is well."""
        for _at, mend in self._due:
            mend()
        self._due.clear()
        if self._stage.line is not None:
            self._stage.line.make("none")
        for each in self._stage.processes:
            each.send(signal.SIGCONT)
        if self._backup is not None:
            self._backup.wait()

    def back_up_at_last(self) -> None:
        """One that nobody disturbs."""
        self._back_up()
        if self._backup is not None:
            self._note_backup(self._backup.wait())

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for at, mend in list(self._due):
                if at <= time.monotonic():
                    self._due.remove((at, mend))
                    mend()
            if self._backup is not None and (status := self._backup.poll()) is not None:
                self._note_backup(status)
            for each in self._stage.processes:
                self.revive(each)
            time.sleep(0.05)

    def revive(self, each: Served) -> None:
        """As a supervisor does. What ends by itself is no part of the play."""
        if not each.is_there():
            if each.process is not None and each.process.poll() not in {-signal.SIGKILL, 0, -signal.SIGTERM}:
                # PostgreSQL may just have been away when it started.
                self.done[f"{each.name} ended by itself ({each.process.poll()})"] += 1
                time.sleep(0.2)
            each.start()

    def _one(self) -> Served:
        """Mostly one that has come to work since it was started: else a slow machine would never get there."""
        ready = [each for each in self._stage.processes if each.is_there() and not each.paused and each.answers()]
        return self._chance.choice(ready if ready and self._chance.random() < 0.8 else self._stage.processes)

    def _kill(self) -> None:
        self._one().send(signal.SIGKILL)
        self.done["killed"] += 1

    def _restart(self) -> None:
        self._one().send(signal.SIGTERM)
        self.done["told to stop"] += 1

    def _pause(self) -> None:
        paused = self._one()
        paused.send(signal.SIGSTOP)
        self._due.append((time.monotonic() + self._chance.uniform(1, 8), lambda: paused.send(signal.SIGCONT)))
        self.done["paused"] += 1

    def _restart_server(self) -> None:
        server = self._stage.server
        assert server is not None
        server.stop(at_once=self._chance.random() < 0.5)
        time.sleep(self._chance.uniform(0, 1.5))
        server.start()
        self.done["PostgreSQL restarted"] += 1

    def _trouble_store(self) -> None:
        line = self._stage.line
        assert line is not None
        trouble = self._chance.choice(_TROUBLES)
        line.make(trouble)
        self._due.append((time.monotonic() + self._chance.uniform(1, 8), lambda: line.make("none")))
        self.done[f"store: {trouble}"] += 1

    def _back_up(self) -> None:
        if self._backup is not None and self._backup.poll() is None:
            return
        with (self._stage.folder / "backup.log").open("ab") as log:
            self._backup = subprocess.Popen(
                ["setpriv", "--pdeathsig=KILL", sys.executable, "-m", "server.cli", "backup", "make", "--json"],
                env={**self._stage.environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def _kill_backup(self) -> None:
        if self._backup is not None and self._backup.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self._backup.pid, signal.SIGKILL)
            self.done["backup killed"] += 1

    def _note_backup(self, status: int) -> None:
        """Exit 0 is its word that the backup is there."""
        import json

        running, self._backup = self._backup, None
        assert running is not None
        assert running.stdout is not None
        said = running.stdout.read()
        running.stdout.close()
        if status == 0:
            self._told.backups.append(json.loads(said)["name"])
        else:
            self.done["backup refused or killed"] += 1
