"""`python -m tests.soak --minutes 30 [--database postgresql] [--seed N]`: load, faults, and then whether anything was lost.

Exits 1 where it was. On PostgreSQL audio lies in a store of S3; on SQLite in a folder.
"""

import argparse
import faulthandler
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from sqlmodel import col, func, select

from server.db.intake import SegmentVersion
from tests.soak.chaos import Chaos
from tests.soak.clients import Clients
from tests.soak.invariants import Held, checked, served_figures
from tests.soak.stage import Stage, staged
from tests.soak.told import Told

# A worker's job is taken over by half a minute after its death; what waits for a lost host by two minutes.
LONGEST_REST_S = 300


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args(arguments)
    # Whoever ends this ends its processes in order, and is told what it was at.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    faulthandler.register(signal.SIGTERM, chain=True)
    folder = Path(tempfile.mkdtemp(prefix="loa-soak-"))
    say(f"seed {given.seed}, {given.database}, {given.minutes:g} minutes, in {folder}")
    with staged(folder, given.database) as stage:
        held = soaked(stage, given.seed, given.minutes * 60)
        broken = [each for each in held if each.broken]
        for each in held:
            say(f"{'✕' if each.broken else '✓'} {each.counted:>7} {each.what}")
            for one in each.broken[:10]:
                say(f"          {one}")
    if broken:
        say(f"broken; what was said lies in {folder}; again by: --seed {given.seed}")
        return 1
    shutil.rmtree(folder)
    return 0


def soaked(stage: Stage, seed: int, seconds: float) -> list[Held]:
    told = Told()
    chaos = Chaos(stage, told, seed)
    clients = Clients(stage, told, seed)
    for each in stage.processes:
        each.start()
    if late := stage.wait_until_ready():
        return [Held(what="processes started", counted=0, broken=late)]
    say("load and faults …")
    clients.begin()
    chaos.go_on(time.monotonic() + seconds)
    chaos.end()
    # Whoever was told to stop as the last thing is gone only later.
    late = stage.wait_until_ready(chaos.revive)
    clients.end()
    _rest(stage)
    chaos.back_up_at_last()
    served = served_figures(stage)
    stopped = {each.name: each.end(signal.SIGTERM) for each in stage.processes}
    for what, count in sorted(chaos.done.items()):
        say(f"  {count:>7} {what}")
    for what, count in sorted(told.answers.items()):
        say(f"  {count:>7} answered {what}")
    held = checked(stage, told, served)
    unstopped = [f"{name}: {status}" for name, status in stopped.items() if status not in {0, -signal.SIGTERM}]
    return [
        *held,
        Held(what="processes there at the end, and stopped", counted=len(stopped), broken=[*late, *unstopped]),
    ]


def _rest(stage: Stage) -> None:
    """Until nothing is on its way any more."""
    context = stage.context()
    under_way = select(func.count()).select_from(SegmentVersion).where(col(SegmentVersion.state) == "processing")
    end = time.monotonic() + LONGEST_REST_S
    while time.monotonic() < end:
        with context.database.read() as session:
            if session.exec(under_way).one() == 0:
                break
        time.sleep(0.3)
    context.close()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
