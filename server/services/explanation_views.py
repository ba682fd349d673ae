"""Explanations as they go over the wire and onto pages: facts, and beside them the sentences that tell them."""

from typing import Any

from msgspec import Struct

from server.services.views import RevisionView, StationView, VerdictView


class MendView(Struct, frozen=True, kw_only=True):
    """A change that was tried by planning and makes the rule's shortfall 0.

    `steps` ({"code": …} and facts) are to be taken together, none: planning anew is enough. The larger `size`, the
    more has to be decided.
    """

    size: int
    steps: list[dict[str, Any]]
    sentence: str


class ExplainedVerdictView(Struct, frozen=True, kw_only=True):
    """`reasons` tell `verdict.reasons`. `mend` is the smallest that helps, `alternatives` the smallest of other kinds;
    where something is short and nothing that was tried helps, `no_mend` says so."""

    verdict: VerdictView
    reasons: list[str]
    mend: MendView | None
    alternatives: list[MendView]
    no_mend: str | None


class TermView(Struct, frozen=True, kw_only=True):
    """A wish: `value` 0 is perfect, `weighted` what it adds to the cost."""

    term: str
    name: str
    meaning: str
    value: float
    weight: float
    weighted: float
    sentence: str


class ColumnTermsView(Struct, frozen=True, kw_only=True):
    """The wishes of a column on the station; `cost` is the sum of what they add."""

    column: str
    column_name: str
    airtime_ms: int
    target_ms: int
    cost: float
    terms: list[TermView]


class MissedAiringView(Struct, frozen=True, kw_only=True):
    """Owed airings of a segment that the plan has no place for, and why."""

    segment: str
    title: str
    missed: int
    why: list[dict[str, Any]]
    sentences: list[str]


class ConflictView(Struct, frozen=True, kw_only=True):
    """What slots that stay break among themselves: `code` H1 to H7."""

    code: str
    slots: list[str]
    what: str
    sentence: str


class StationWords(Struct, frozen=True, kw_only=True):
    """What of an explanation takes no planning."""

    columns: list[ColumnTermsView]
    missed: list[MissedAiringView]
    conflicts: list[ConflictView]


class ExplanationView(Struct, frozen=True, kw_only=True):
    """A station's month as a revision has it, counted anew from the rows of today."""

    station: StationView
    month: str
    revision: RevisionView
    verdicts: list[ExplainedVerdictView]
    columns: list[ColumnTermsView]
    missed: list[MissedAiringView]
    conflicts: list[ConflictView]
