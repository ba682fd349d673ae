"""A station's air for tests: slots around the end of November 2026 at UTC+7, statements about them, and their proof."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from schedules.airing_results import Reconciled
from schedules.as_run import AsRun, Grade, Tolerances
from schedules.instants import to_ms
from schedules.months import Month
from schedules.problem import Column, Item, Rule, Segment, Slot
from schedules.proof import ProofVerdict, prove
from schedules.reconciling import reconcile
from tests.schedules.builders import ZONE, column

NOVEMBER = Month(2026, 11)
COLUMN = column()
COLUMNS: dict[str, Column] = {"c": COLUMN, "other": column("other")}
NOW = to_ms(datetime(2026, 12, 20, tzinfo=ZONE))


def piece(code: str, **given: Any) -> Segment:
    facts: dict[str, Any] = {
        "duration_ms": 120_000,
        "topic": "t",
        "language": "vi",
        "valid_from": date(2026, 1, 1),
        "priority": "normal",
    }
    return Segment(id=code, **(facts | given))


SEGMENTS = {
    each.id: each
    for each in (
        piece("a"),
        piece("b", duration_ms=60_000),
        piece("r", language="rad"),
        piece("w", valid_to=date(2026, 11, 10)),
        piece("foreign", column="other"),
    )
}
MEANT = frozenset({"a", "b", "w"})


def aired_slot(code: str, start: datetime, *segments: str, **given: Any) -> Slot:
    items = []
    start_ms = COLUMN.opening_ms
    for segment in segments:
        known = SEGMENTS.get(segment)
        duration_ms = 120_000 if known is None else known.duration_ms
        items.append(Item(segment=segment, start_ms=start_ms, duration_ms=duration_ms))
        start_ms += duration_ms
    facts: dict[str, Any] = {"station": "D", "column": "c", "length_ms": start_ms + COLUMN.closing_ms}
    return Slot(id=code, start=start, items=tuple(items), **(facts | given))


def said(uid: str, grade: Grade = Grade.REPORTED, **given: Any) -> AsRun:
    return AsRun(uid=uid, station="D", grade=grade, **({"made_at_ms": 1} | given))


def reconciled(slots: Sequence[Slot], statements: Iterable[AsRun], **given: Any) -> Reconciled:
    facts: dict[str, Any] = {
        "segments": SEGMENTS,
        "meant": MEANT,
        "delivered": {},
        "now_ms": NOW,
        "zone": ZONE,
        "tolerances": Tolerances(),
    }
    return reconcile(slots, statements, **(facts | given))


def minimum(**given: Any) -> Rule:
    facts: dict[str, Any] = {"id": "R", "kind": "min", "period": "month", "ms": 600_000, "column": "c"}
    return Rule(**(facts | given))


def proved(rule: Rule, result: Reconciled, policy: Grade = Grade.REPORTED, **given: Any) -> ProofVerdict:
    facts: dict[str, Any] = {
        "station": "D",
        "month": NOVEMBER,
        "zone": ZONE,
        "segments": SEGMENTS,
        "columns": COLUMNS,
        "meant": MEANT,
        "now_ms": NOW,
    }
    return prove(rule, result, policy=policy, **(facts | given))


MONTH_EDGE = [
    datetime(2026, 10, 31, 23, 58, tzinfo=ZONE),
    datetime(2026, 11, 1, 0, 10, tzinfo=ZONE),
    datetime(2026, 11, 2, 5, tzinfo=ZONE),
    datetime(2026, 11, 3, 5, tzinfo=ZONE),
    datetime(2026, 11, 29, 17, tzinfo=ZONE),
    datetime(2026, 11, 30, 23, 58, tzinfo=ZONE),
    datetime(2026, 12, 1, 0, 10, tzinfo=ZONE),
]


@st.composite
def slot_lists(draw: st.DrawFn) -> list[Slot]:
    starts = draw(st.lists(st.sampled_from(MONTH_EDGE), min_size=1, max_size=6, unique=True))
    return [
        aired_slot(
            f"s{number}",
            start,
            *draw(st.lists(st.sampled_from(["a", "b", "r", "w", "gone"]), min_size=1, max_size=3)),
            column=draw(st.sampled_from(["c", "c", "c", "other"])),
            relayed_from=draw(st.sampled_from([None, None, "P"])),
        )
        for number, start in enumerate(starts)
    ]


@st.composite
def statement_lists(draw: st.DrawFn, slots: Sequence[Slot], *, plain: bool = False) -> list[AsRun]:
    """`plain`: none corrects another, all name slots and what is in them."""
    statements = []
    for number in range(draw(st.integers(0, 9))):
        slot = draw(st.sampled_from(slots))
        inside = [item.segment for item in slot.items]
        grade = draw(st.sampled_from([Grade.REPORTED, Grade.LOGGED, Grade.HEARD]))
        aired = draw(st.sampled_from([True, True, True, False])) or (plain and grade == Grade.HEARD)
        names_slot = plain or draw(st.booleans())
        judged = not plain and draw(st.sampled_from([False, False, True]))
        segment = draw(st.sampled_from([None, *inside] if plain else [None, *inside, "a", "foreign", "nobody"]))
        offset = draw(st.sampled_from([0, 0, 1_000, -30_000, 300_000, -3_600_000, 86_400_000]))
        covers = draw(st.sampled_from([None, to_ms(slot.start), to_ms(slot.start) + 60_000]))
        statements.append(
            said(
                f"u{number}",
                grade,
                made_at_ms=draw(st.integers(0, 3)),
                aired=aired,
                slot=slot.id if names_slot else draw(st.sampled_from([None, "unheard-of"])),
                segment=segment,
                start_ms=draw(st.sampled_from([None, to_ms(slot.start) + slot.items[0].start_ms + offset])),
                duration_ms=draw(st.sampled_from([None, None, 0, 40_000, 100_000, 500_000])),
                corrects=None
                if plain
                else draw(st.sampled_from(["u0", "u1", "u5", "far", *([] if judged else [None] * 4)])),
                source=draw(st.sampled_from(["", "box", "box"])),
                covers_from_ms=covers,
                judged=judged,
            )
        )
    return statements


RULES = st.builds(
    minimum,
    repeats=st.booleans(),
    relayed=st.booleans(),
    count_frame=st.booleans(),
    languages=st.sampled_from([None, ("vi",), ("rad",)]),
)
