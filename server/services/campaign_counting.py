"""What of a campaign says how aired airtime counts: from which grade of evidence, and how far it may lie from the plan."""

import math
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from schedules.as_run import Grade, Tolerances
from server.db.plans import Campaign
from server.services.plain_text import shown
from server.services.refusals import BadField, UnknownTolerance

COUNTING = ("delivered", "reported", "logged", "heard")
DEFAULT_TOLERANCES: dict[str, float] = msgspec.structs.asdict(Tolerances())
TOLERANCE_BOUNDS = {
    "late_ms": (0, 3_600_000),
    "match_ms": (0, 6 * 3_600_000),
    "short_ms": (0, 600_000),
    "short_share": (0, 0.5),
    "report_within_ms": (0, 31 * 86_400_000),
    "clock_agree_ms": (0, 600_000),
}
LEAST_HEARD_FROM, ALWAYS_A_PERSON = 0.5, 2.0


def write_counting(
    row: Campaign,
    counts_from: str | UnsetType,
    tolerances: Mapping[str, float] | UnsetType,
    heard_from: float | UnsetType,
) -> None:
    """Only what is given. Raises BadField, UnknownTolerance."""
    if counts_from is not UNSET:
        row.counts_from = _grade(counts_from)
    if tolerances is not UNSET:
        row.tolerances = _tolerances(row.tolerances, tolerances)
    if heard_from is not UNSET:
        row.heard_from = within("heard_from", heard_from, ALWAYS_A_PERSON, least=LEAST_HEARD_FROM)


def tolerances_of(campaign: Campaign | None) -> Tolerances:
    """Those of the campaign where it sets some, else the defaults."""
    return msgspec.convert(dict(campaign.tolerances), Tolerances, strict=False) if campaign else Tolerances()


def within(field: str, value: float, most: float, *, least: float = 0.0) -> float:
    if not math.isfinite(value) or not least <= value <= most:
        raise BadField(field=field, value=shown(f"{value:g}"), expected=f"number:{least:g}:{most:g}")
    return float(value)


def _grade(name: str) -> int:
    if name not in COUNTING:
        raise BadField(field="counts_from", value=shown(name), expected=", ".join(COUNTING))
    return int(Grade[name.upper()])


def _tolerances(before: Mapping[str, float], given: Mapping[str, float]) -> dict[str, float]:
    """Those that are not the default; milliseconds are whole."""
    for name in given:
        if name not in DEFAULT_TOLERANCES:
            raise UnknownTolerance(tolerance=shown(name), known=list(DEFAULT_TOLERANCES))
    now = DEFAULT_TOLERANCES | dict(before)
    for name, value in given.items():
        least, most = TOLERANCE_BOUNDS[name]
        now[name] = within(f"tolerances.{name}", value, most, least=least)
        if name.endswith("_ms"):
            now[name] = int(now[name])
    if now["match_ms"] < now["late_ms"]:
        # A start that is too far off to be late would have no slot to be late in.
        raise BadField(
            field="tolerances.match_ms",
            value=shown(f"{now['match_ms']:g}"),
            expected=f"number:{now['late_ms']:g}:{TOLERANCE_BOUNDS['match_ms'][1]:g}",
        )
    return {name: value for name, value in now.items() if value != DEFAULT_TOLERANCES[name]}
