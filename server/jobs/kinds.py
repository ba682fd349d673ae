"""What kinds of jobs there are, how each is named, and how many of it a process has in hand."""

from typing import NamedTuple

# ffmpeg works in processes of its own; two of them keep the two cores of a small PC busy.
AT_ONCE = 2


class Kind(NamedTuple):
    """Of jobs: each has its queue, from which one process has `in_hand` jobs at most at a time.

    A job's name is that of its workflow, of what it is about, and the number of the attempt.
    """

    workflow: str
    queue: str
    in_hand: int

    def name(self, about: object, attempt: int) -> str:
        return f"{self.workflow}-{about}-{attempt}"

    def parts(self, name: str) -> tuple[str, int]:
        """What the job of that name is about, and the number of its attempt."""
        about, attempt = name.removeprefix(f"{self.workflow}-").rsplit("-", 1)
        return about, int(attempt)


# Beyond those that are worked on, so that no core waits for the next look at the queue.
VERSIONS = Kind("segment_version", "media", 2 * AT_ONCE)
# One after the other, since Python works for one at a time; and one more, as above.
ERRANDS = Kind("errand", "errands", 2)
# Each with threads of its own; who follows one sees that another's is under way.
PLANS = Kind("planning_run", "planning", 2)
# One after the other with all that a worker has, and one more: at the end nobody waits long for another's.
PARTS = Kind("plan_part", "plan_parts", 2)
KINDS = (VERSIONS, ERRANDS, PLANS, PARTS)
