"""`python -m tests.server.jobs.sharing`: as `loa worker`, but small plans too are shared by all workers, and swept up after often."""

from server.cli.opening import opened
from server.cli.printing import note
from server.jobs.durable import DurableJobs
from server.working import work_forever


def main() -> None:
    with opened() as context:
        jobs = DurableJobs(context, look_every_s=0.3, sweep_every_s=0.3, share_from=1)
        work_forever(context, jobs=jobs, started=lambda name: note(f"Đang làm việc nền: {name}"))


if __name__ == "__main__":
    main()
