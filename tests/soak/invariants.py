"""What must hold at the end: each a count of what was looked at, and what was broken of it."""

import time
from collections import Counter
from dataclasses import dataclass

import httpx
from sqlalchemy import Select, func, select
from sqlmodel import col

from server.db.airing import AsRunEntry, MonthClosing
from server.db.delivering import StationCheckIn
from server.db.intake import SegmentVersion
from server.db.library import Audio, Segment
from server.db.plans import PlanRevision
from server.db.registry import Station
from server.services.backup_checks import verify_backup
from server.services.backup_sealing import Sealing
from server.services.backups import list_backups
from server.services.closing_checks import verify_closings
from server.services.context import Context
from server.services.history_checks import verify_history
from server.services.media_care import verify_store
from server.services.proofs import station_proof
from server.services.trail import verify
from tests.soak.clients import LATER, PATIENCE_S
from tests.soak.stage import STATIONS, Stage
from tests.soak.told import Told


@dataclass(frozen=True, kw_only=True)
class Held:
    """`broken`: the first of what did not hold."""

    what: str
    counted: int
    broken: list[str]


def served_figures(stage: Stage) -> dict[str, dict[tuple[str, str], object]]:
    """What each web says of each station's months that are over, from what it has kept in memory."""
    found: dict[str, dict[tuple[str, str], object]] = {}
    for web in stage.webs:
        with httpx.Client(base_url=web.address or "", headers=stage.person, timeout=PATIENCE_S) as client:
            found[web.name] = {
                (str(month), code): _served(client, f"/api/v1/proof/{month}/stations/{code}")
                for month in stage.closable
                for code in STATIONS
            }
    return found


def _served(client: httpx.Client, path: str) -> object:
    """Whoever is put off comes back, as clients do."""
    end = time.monotonic() + PATIENCE_S
    while (answer := client.get(path)).status_code in LATER and time.monotonic() < end:
        time.sleep(float(answer.headers.get("Retry-After", 1)))
    return answer.json()


def checked(stage: Stage, told: Told, served: dict[str, dict[tuple[str, str], object]]) -> list[Held]:
    """By a process that has kept nothing."""
    context = stage.context()
    try:
        return [
            Held(what="answers that nobody should get", counted=sum(told.answers.values()), broken=told.faults),
            _uploads(context, told),
            _entries(context, told),
            _publications(context, told),
            _closings(context, told),
            _check_ins(context, told),
            _trail(context),
            _history(context),
            _verdicts(context, stage, served),
            _store(context),
            _backups(context, stage, told),
        ]
    finally:
        context.close()


def _rows(context: Context, statement: Select[*tuple[object, ...]]) -> list[tuple[object, ...]]:
    with context.database.read() as session:
        return [tuple(row) for row in session.connection().execute(statement)]


def _uploads(context: Context, told: Told) -> Held:
    """Each is one segment's, to the byte, and has come to its end."""
    rows = _rows(
        context,
        select(col(Segment.title), col(Audio.sha256), col(SegmentVersion.state), col(SegmentVersion.refusal))
        .join(SegmentVersion, col(SegmentVersion.segment_id) == col(Segment.id))
        .outerjoin(Audio, col(Audio.id) == col(SegmentVersion.audio_id))
        .where(col(Segment.title).startswith("Bài gửi ")),
    )
    broken = [f"{title}: {state} {refusal}" for title, sha256, state, refusal in rows if sha256 is None]
    there = {str(title): str(sha256) for title, sha256, _state, _refusal in rows}
    for title, sha256 in told.uploads.items():
        if there.get(title) != sha256:
            broken.append(f"{title}: {there.get(title)}, sent {sha256}")
        elif b"".join(context.store.read(sha256)) == b"":
            broken.append(f"{title}: empty")
    twice = [title for title, number in Counter(str(row[0]) for row in rows).items() if number > 1]
    unended = [f"{title} is {state}" for title, _sha, state, _refusal in rows if state == "processing"]
    return Held(what="uploads acknowledged", counted=len(told.uploads), broken=[*broken, *twice, *unended])


def _entries(context: Context, told: Told) -> Held:
    rows = _rows(
        context,
        select(col(Station.code), col(AsRunEntry.uid), func.count())
        .join(Station, col(Station.id) == col(AsRunEntry.station_id))
        .group_by(col(Station.code), col(AsRunEntry.uid)),
    )
    there = {(code, uid): number for code, uid, number in rows}
    broken = [
        f"{code} {key}: {there.get((code, entry), 0)} times"
        for (code, key), entry in told.entries.items()
        if there.get((code, entry)) != 1
    ]
    if len(set(told.entries.values())) != len(told.entries):
        broken.append("two statements became one entry")
    return Held(what="as-run entries acknowledged", counted=len(told.entries), broken=broken)


def _publications(context: Context, told: Told) -> Held:
    """Each has its number to itself, and what is in force is none older than any."""
    rows = _rows(
        context,
        select(col(PlanRevision.month), col(PlanRevision.number)).where(col(PlanRevision.status) == "published"),
    )
    there = Counter(rows)
    broken = [
        f"{month}: revision {number} is there {there[month, number]} times"
        for month, numbers in told.publications.items()
        for number in numbers
        if there[month, number] != 1
    ]
    broken += [
        f"{month}: told {number} twice"
        for month, ns in told.publications.items()
        for number in ns
        if ns.count(number) > 1
    ]
    return Held(what="publications acknowledged", counted=sum(map(len, told.publications.values())), broken=broken)


def _closings(context: Context, told: Told) -> Held:
    there = Counter(_rows(context, select(col(MonthClosing.month), col(MonthClosing.number))))
    broken = [f"{each}: {there[each]} times" for each in told.closings if there[each] != 1]
    broken += [str(each) for each, number in Counter(told.closings).items() if number > 1]
    return Held(what="closings and amendments acknowledged", counted=len(told.closings), broken=broken)


def _check_ins(context: Context, told: Told) -> Held:
    rows = _rows(
        context,
        select(col(Station.code), col(StationCheckIn.trouble)).join(
            Station, col(Station.id) == col(StationCheckIn.station_id)
        ),
    )
    there = {str(code): int(str(trouble).split()[-1]) for code, trouble in rows}
    broken = [
        f"{code}: {there.get(code)}, told {number}"
        for code, number in told.check_ins.items()
        if there.get(code, 0) < number
    ]
    return Held(what="check-ins acknowledged", counted=sum(told.check_ins.values()), broken=broken)


def _trail(context: Context) -> Held:
    found = verify(context)
    return Held(
        what="entries of the audit trail in one chain",
        counted=found.entries,
        broken=[] if found.whole else [repr(found)],
    )


def _history(context: Context) -> Held:
    faults = [repr(fault) for fault in verify_closings(context)]
    history = verify_history(context)
    if not history.whole:
        faults.append(repr(history))
    return Held(
        what="closed months as they were closed", counted=len(_rows(context, select(MonthClosing.id))), broken=faults
    )


def _verdicts(context: Context, stage: Stage, served: dict[str, dict[tuple[str, str], object]]) -> Held:
    import msgspec

    broken, counted = [], 0
    for month in stage.closable:
        for code in STATIONS:
            anew = msgspec.to_builtins(station_proof(context, code, month))
            for web, figures in served.items():
                counted += 1
                told = figures[str(month), code]
                if not isinstance(told, dict) or told.get("verdicts") != anew["verdicts"]:
                    broken.append(f"{web}: {month} {code}")
    return Held(what="verdicts equal to a recount", counted=counted, broken=broken)


def _store(context: Context) -> Held:
    found = verify_store(context)
    # Originals of the district that was built were never there.
    broken = [f"{each.sha256} {each.state} {each.kinds}" for each in found.problems if each.kinds != ["original"]]
    return Held(what="files of the store whole", counted=found.ok, broken=broken)


def _backups(context: Context, stage: Stage, told: Told) -> Held:
    there = {each.name: each for each in list_backups(stage.backups)}
    broken = [f"{name} is gone" for name in told.backups if name not in there]
    # The newest has what all have: each sound is in the folder once.
    for name in sorted(there)[-3:]:
        faults = verify_backup(context, stage.backups, there[name], Sealing(None)).faults
        broken += [f"{name}: {fault}" for fault in faults]
    return Held(what="backups (the newest three restored)", counted=len(there), broken=broken)
