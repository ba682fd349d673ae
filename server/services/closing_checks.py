"""Whether closed months are as they were closed: every hash made anew from the rows as they lie in the database.

What came after a closing is no part of it. A chain that was written anew as a whole, with its entries in the audit
trail, shows only beside a hash that was noted elsewhere, such as on the printed report.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from msgspec import Struct
from sqlmodel import Session, col

from server.db.raw_rows import raw_rows
from server.db.records import AuditEntry
from server.db.registry import Station
from server.services.closing_hashes import (
    SEAL,
    FigureHash,
    LyingClosing,
    entry_hashes,
    hash_of_entries,
    hash_of_figures,
    lying_closings,
    lying_figures,
)
from server.services.context import Context
from server.texts import _


class ClosingFault(Struct, frozen=True, kw_only=True):
    """A row that is not as it was closed. `what`: a closing, an entry, or a figure of the closing `number` of `month`.

    `uid` names the entry, `rule` the figure ("" is the line that seals the station's entries); a fault that none of
    them can be blamed for names neither.
    """

    what: Literal["closing", "entry", "figure"]
    how: Literal["altered", "missing", "added"]
    month: str
    number: int
    station: str | None = None
    uid: str | None = None
    rule: str | None = None


def verify_closings(context: Context, *, months: Collection[str] | None = None) -> list[ClosingFault]:
    """Empty: all is as it was closed. Closings in their order, each before its entries and figures.

    `months`: those alone, for example 2026-12.
    """
    with context.database.read() as session:
        check = _Check(session)
        wanted = [each for each in check.closings if months is None or each.month in months]
        lost = [each for each in check.lost() if months is None or each.month in months]
        return [fault for closing in wanted for fault in check.faults_of(closing)] + lost


def fault_sentence(fault: ClosingFault) -> str:
    how = {"altered": _("đã bị sửa"), "missing": _("đã mất"), "added": _("bị thêm vào")}[fault.how]
    if fault.what == "closing":
        return _("Lần chốt {number} của tháng {month} {how}.", number=fault.number, month=fault.month, how=how)
    if fault.what == "entry":
        return _(
            "Tháng {month}, đài {station}: dòng nhật ký {entry} {how}.",
            month=fault.month,
            station=fault.station or "–",
            entry=fault.uid or "–",
            how=how,
        )
    return _(
        "Tháng {month}, lần chốt {number}, đài {station}: số liệu của quy định {rule} {how}.",
        month=fault.month,
        number=fault.number,
        station=fault.station or "–",
        rule=fault.rule or "–",
        how=how,
    )


class _Check:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.closings = lying_closings(session)
        self.told = _told(session)
        self._codes = {
            (row["id"] or b"").decode(): (row["code"] or b"").decode("utf-8", "backslashreplace")
            for row in raw_rows(session, Station, ("id", "code"), (), ("id",))
        }

    def faults_of(self, closing: LyingClosing) -> Iterator[ClosingFault]:
        told = self.told.get((closing.month, closing.number))
        if told is None:
            yield ClosingFault(what="closing", how="added", month=closing.month, number=closing.number)
        elif closing.hash_of_it != closing.hash or told != closing.hash:
            yield ClosingFault(what="closing", how="altered", month=closing.month, number=closing.number)
        figures = lying_figures(self.session, closing.id)
        lying: dict[tuple[str, str], str] | None = None
        # Without the moment nobody can say which entries were sealed; the closing itself is told of above.
        if closing.as_of is not None:
            entries = entry_hashes(self.session, closing.month, closing.as_of)
            lying = {(each.station_id, each.uid): each.hash for each in entries}
            if hash_of_entries(entries) != closing.entries_hash:
                yield from self._entry_faults(closing, figures, lying)
                lying = None
        if hash_of_figures(figures) != closing.figures_hash:
            yield from self._figure_faults(closing, figures, lying)

    def lost(self) -> Iterator[ClosingFault]:
        """Closings that the audit trail tells of and nobody finds."""
        there = {(each.month, each.number) for each in self.closings}
        for month, number in self.told:
            if (month, number) not in there:
                yield ClosingFault(what="closing", how="missing", month=month, number=number)

    def _entry_faults(
        self, closing: LyingClosing, figures: list[FigureHash], lying: Mapping[tuple[str, str], str]
    ) -> Iterator[ClosingFault]:
        sealed = {
            (str(figure.station_id), uid): kept
            for figure in figures
            if figure.rule == SEAL
            for uid, kept in _mapping(figure.figures.get("entries")).items()
        }
        named = False
        for station_id, uid in sorted(sealed.keys() | lying.keys()):
            how = _difference(sealed.get((station_id, uid)), lying.get((station_id, uid)))
            if how is not None:
                named = True
                yield ClosingFault(
                    what="entry",
                    how=how,
                    month=closing.month,
                    number=closing.number,
                    station=self._codes.get(station_id, station_id),
                    uid=uid,
                )
        if not named:
            yield ClosingFault(what="entry", how="altered", month=closing.month, number=closing.number)

    def _figure_faults(
        self, closing: LyingClosing, figures: list[FigureHash], lying: Mapping[tuple[str, str], str] | None
    ) -> Iterator[ClosingFault]:
        """`lying`: the hashes of the entries, where they are known to be as they were: they blame a seal."""
        seals = {figure.station_id: figure for figure in figures if figure.rule == SEAL}
        verdicts = {(figure.station_id, figure.rule): figure for figure in figures if figure.rule != SEAL}
        stations = {figure.station_id: figure.station for figure in figures}
        if lying is not None:
            stations |= {int(key): self._codes.get(key, key) for key, _uid in lying if int(key) not in stations}
        found: list[ClosingFault] = []

        def blame(station_id: int, rule: str, how: Literal["altered", "missing", "added"]) -> None:
            found.append(
                ClosingFault(
                    what="figure",
                    how=how,
                    month=closing.month,
                    number=closing.number,
                    station=stations.get(station_id, str(station_id)),
                    rule=rule,
                )
            )

        for station_id in sorted(stations):
            seal = seals.get(station_id)
            if seal is None:
                blame(station_id, SEAL, "missing")
                continue
            own = {} if lying is None else {uid: made for (key, uid), made in lying.items() if key == str(station_id)}
            if not seal.hash or (lying is not None and _mapping(seal.figures.get("entries")) != own):
                blame(station_id, SEAL, "altered")
                continue
            sealed = _mapping(seal.figures.get("verdicts"))
            there = {rule: figure.hash for (key, rule), figure in verdicts.items() if key == station_id}
            for rule in sorted(sealed.keys() | there.keys()):
                how = _difference(sealed.get(rule), there.get(rule))
                if how is not None:
                    blame(station_id, rule, how)
        yield from found or [ClosingFault(what="figure", how="altered", month=closing.month, number=closing.number)]


def _difference(sealed: str | None, lying: str | None) -> Literal["altered", "missing", "added"] | None:
    if sealed == lying:
        return None
    if lying is None:
        return "missing"
    return "added" if sealed is None else "altered"


def _mapping(value: object) -> dict[str, str]:
    return value if isinstance(value, dict) else {}


def _told(session: Session) -> dict[tuple[str, int], str]:
    """What the audit trail says was closed: the hash by month and number. Whether it is whole itself is its own check."""
    actions = (col(AuditEntry.action).in_(("month.closed", "month.amended")),)
    found: dict[tuple[str, int], str] = {}
    for row in raw_rows(session, AuditEntry, ("subject", "facts"), actions, ("id",)):
        try:
            facts = json.loads(row["facts"] or b"")
            found[(row["subject"] or b"").decode(), int(facts["number"])] = str(facts["hash"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return found
