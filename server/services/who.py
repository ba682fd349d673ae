"""Who asks: a person, a station's machine, a script, the person at the machine itself, Loa, or nobody known."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.services.rights import Right, Role

Kind = Literal["nobody", "person", "station", "key", "local", "loa"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One role of a person; dates are half-open and local. `unit_id` and `topic_id` narrow it, with all below them."""

    role: Role
    organisation_id: int
    organisation: str
    unit_id: int | None = None
    topic_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """`name` is what the trail calls them: a login, a token's or key's name.

    `grants` are a person's; `rights` with `unit_id` and `organisation_id` a key's; `station_id` a station's.
    `address` is the network address that asked. `session_id` and `credential_id` say by which proof they are known.
    """

    kind: Kind
    name: str
    title: str = ""
    account_id: int | None = None
    organisation_id: int | None = None
    grants: tuple[Grant, ...] = ()
    rights: frozenset[Right] = frozenset()
    unit_id: int | None = None
    station_id: int | None = None
    session_id: int | None = None
    credential_id: int | None = None
    address: str | None = None

    def roles(self, on: date) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants if grant.holds(on))


NOBODY = Who(kind="nobody", name="")
# Whoever can run commands on the machine can read and write its files: all rights, but never two people at once.
LOCAL = Who(kind="local", name="local")
LOA = Who(kind="loa", name="loa")
