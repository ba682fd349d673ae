"""How long people stay signed in."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """`idle` without a request, and `longest` whatever happens, a session ends."""

    idle: timedelta = timedelta(hours=2)
    longest: timedelta = timedelta(hours=12)
