"""What was aired: a station's month, where its officer says so, with the evidence behind each minute."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import MediaType
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from schedules.logs.headings import HEADINGS
from schedules.logs.lines import MOST_BYTES, MOST_CODE, MOST_TEXT, LineFault
from schedules.logs.written import read_duration, read_moment
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.forms import CSRF_FIELD, require_form
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import proofs, station_logs
from server.services.as_run import BatchOutcome, Said, say
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.proof_views import AiredSlotView, EntryView
from server.services.refusals import BadField
from server.services.rights import Right
from server.services.station_logbooks import weeks_of
from server.texts import _
from server.web.rendering import page

CORRECTS = "corrects:"
PATH = "/dai/{code:str}/{month:str}/phat-song"


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def station(request: Request[Any, Any, Any], context: Asked, code: FromPath[str], month: MonthInPath) -> Response[str]:
    return _shown(request, context, code, Month.parse(month))


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_SAY, "station"),
)
def tell(
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    """One tap: a slot was aired, or it was not and why; a line of a paper logbook; a correction of what was said."""
    wanted = Month.parse(month)
    typed = {name: str(value).strip() for name, value in data.items()}
    try:
        lines, source = _lines(typed)
        outcome = say(context, lines, source=source, station=code)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, code, wanted, told=told.sentence, typed=typed, status=told.http)
    for each in outcome.lines:
        if each.refusal is not None:
            told = answer(each.refusal)
            return _shown(request, context, code, wanted, told=told.sentence, typed=typed, status=told.http)
    [line, *_more], [taken, *_same] = lines, outcome.lines
    if taken.month is not None and taken.month != month:
        # A line of the paper book may be of another month than the page, which may have no plan to be shown beside.
        return _shown(request, context, code, wanted, kept_in=Month.parse(taken.month))
    place = f"#{line.slot}" if line.slot else "#nhat-ky"
    return Redirect(f"/dai/{quote(code, safe='')}/{month}/phat-song{place}", status_code=303)


@post(
    PATH + "/nhat-ky",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    request_max_body_size=MOST_BYTES + 100_000,
    opt=needs(Right.AIRED_SAY, "station", form_later=True),
)
async def send_log(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], month: MonthInPath
) -> Response[str]:
    """A log as a file: tried first, line by line, or taken."""
    form = await request.form()
    require_form(request, str(form.get(CSRF_FIELD, "")))
    file = form.get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    name = (file.filename if isinstance(file, UploadFile) else "")[:200]
    kind, dry_run = str(form.get("kind", "")), form.get("do") != "send"
    return await sync_to_thread(_log_taken, request, context, code, Month.parse(month), kind, data, name, dry_run)


def _log_taken(  # noqa: PLR0917 (handed to a thread as they are)
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    month: Month,
    kind: str,
    data: bytes,
    name: str,
    dry_run: bool,  # noqa: FBT001
) -> Response[str]:
    try:
        outcome = station_logs.take_log(context, code, kind=kind, data=data, name=name, dry_run=dry_run)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, code, month, told=told.sentence, typed={"kind": kind}, status=told.http)
    return _shown(request, context, code, month, outcome=outcome, typed={"kind": kind}, name=name)


def _lines(typed: Mapping[str, str]) -> tuple[list[Said], str]:
    """A slot, and each thing that was said of it before (fields `corrects:` with the uid: the segment, "" of the slot
    itself); or a line of the paper book. Raises BadField."""
    aired = typed.get("do") == "aired"
    if typed.get("do") not in {"aired", "not_aired"}:
        raise BadField(field="do", value=typed.get("do", ""), expected="aired, not_aired")
    reason = typed.get("reason", "")[:MOST_TEXT]
    if slot := typed.get("slot"):
        before: list[tuple[str | None, str | None]] = [
            (name.removeprefix(CORRECTS)[:MOST_CODE], segment[:MOST_CODE] or None)
            for name, segment in typed.items()
            if name.startswith(CORRECTS)
        ]
        if all(segment for _uid, segment in before):
            before.append((None, None))
        return [
            Said(line=number, slot=slot, segment=segment, aired=aired, reason=reason, corrects=uid)
            for number, (uid, segment) in enumerate(before, 1)
        ], "page"
    try:
        starts_at = read_moment("starts_at", typed.get("starts_at", "").replace("T", " "), None, ZONE)
        length = typed.get("duration", "")
        duration_ms = read_duration("duration", length) if length else None
    except LineFault as error:
        expected = (
            _("phút:giây, ví dụ 3:12")
            if error.field == "duration"
            else _("ngày/tháng/năm giờ:phút, ví dụ 05/12/2026 05:00")
        )
        raise BadField(
            field=HEADINGS.get(error.field, error.field), value=str(error.value), expected=expected
        ) from error
    return (
        [
            Said(
                line=1,
                title=typed.get("title", "")[:MOST_TEXT],
                segment=typed.get("segment", "")[:MOST_CODE] or None,
                starts_at=starts_at,
                duration_ms=duration_ms,
                aired=aired,
                reason=reason,
            )
        ],
        "paper",
    )


def _said_of(slot: AiredSlotView, entries: Iterable[EntryView]) -> dict[str, str]:
    """By uid, the segment ("" the whole slot) that people said something of, and may correct.

    Beside what a device logged their word stands as another statement.
    """
    own = {
        entry.uid: entry
        for entry in entries
        if entry.grade == "reported" and not entry.corrected_by and not entry.judged
    }
    said = {uid: entry.segment or "" for uid, entry in own.items() if entry.slot == slot.key}
    found_by_time = {uid: item.segment for item in slot.items for uid in item.entries if uid in own}
    return found_by_time | said


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    month: Month,
    *,
    told: str = "",
    typed: Mapping[str, str] | None = None,
    outcome: BatchOutcome | None = None,
    name: str = "",
    kept_in: Month | None = None,
    status: int = 200,
) -> Response[str]:
    proof = proofs.station_proof(context, code, month)
    return page(
        request,
        "airing.html",
        status=status,
        active="month",
        sample=proof.station.sample,
        month=month,
        station=proof.station,
        proof=proof,
        past=[slot for slot in proof.slots if slot.starts_at <= proof.as_of],
        weeks=weeks_of(month),
        to_come=[slot for slot in proof.slots if slot.starts_at > proof.as_of][:5],
        said={slot.key: _said_of(slot, proof.entries) for slot in proof.slots},
        told=told,
        kept_in=kept_in,
        typed=typed or {},
        outcome=outcome,
        refused=[(each, answer(each.refusal).sentence) for each in (outcome.lines if outcome else ()) if each.refusal],
        file_name=name,
    )


HANDLERS = [station, tell, send_log]
