"""What was aired: said by devices and scripts, sent as logs, and shown with its proof."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from schedules.logs.lines import MOST_BYTES, MOST_CODE, MOST_DURATION_MS, MOST_TEXT
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.attachments import attachment
from server.api.gate import needs
from server.errors import answer
from server.services import deliveries, proofs, station_logs
from server.services.as_run import BatchOutcome, Said, say
from server.services.deliveries import MOST_FILES, FilesKnown
from server.services.local_time import ZONE
from server.services.proof_views import ProvinceProof, StationProof
from server.services.rights import Right

Text = Annotated[str, Meta(max_length=MOST_TEXT)]
Code = Annotated[str, Meta(min_length=1, max_length=MOST_CODE)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
MOST_STATEMENTS = 2_000


class StatementIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was aired, or was not (`aired` false, with its `reason`): a slot of the plan, a segment of it, or anything.

    `id` is the sender's own name for the statement: sent again with it, it is the same. `corrects` is the `id` of the
    statement that this one takes the place of. `starts_at` by the device's clock, with an offset.
    """

    id: Code | None = None
    slot: Code | None = None
    segment: Code | None = None
    title: Text = ""
    starts_at: Annotated[datetime, Meta(tz=True)] | None = None
    duration_ms: Annotated[int, Meta(ge=0, le=MOST_DURATION_MS)] | None = None
    aired: bool = True
    reason: Text = ""
    corrects: Code | None = None


class StatementsIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    statements: Annotated[list[StatementIn], Meta(min_length=1, max_length=MOST_STATEMENTS)]
    dry_run: bool = False


class LineOut(Struct, frozen=True, kw_only=True):
    """`outcome`: new, known (said before), or refused, then `code` and `detail` say why."""

    line: int
    outcome: str
    entry: str | None
    month: str | None
    amends: bool
    code: str | None
    detail: str | None


class BatchOut(Struct, frozen=True, kw_only=True):
    """`batch` is null where nothing was new, or nothing was kept (`dry_run`)."""

    batch: int | None
    source: str
    dry_run: bool
    new: int
    known: int
    refused: int
    lines: list[LineOut]


class FilesIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SHA-256 of files that the station has and has verified."""

    files: Annotated[list[Sha256], Meta(max_length=MOST_FILES)]


def out(outcome: BatchOutcome) -> BatchOut:
    return BatchOut(
        batch=outcome.batch,
        source=outcome.source,
        dry_run=outcome.dry_run,
        new=outcome.count("new"),
        known=outcome.count("known"),
        refused=outcome.count("refused"),
        lines=[
            LineOut(
                line=each.line,
                outcome=each.outcome,
                entry=each.entry,
                month=each.month,
                amends=each.amends,
                code=each.refusal.code if each.refusal else None,
                detail=answer(each.refusal).sentence if each.refusal else None,
            )
            for each in outcome.lines
        ],
    )


@post("/stations/{code:str}/as-run", status_code=200, sync_to_thread=True, opt=needs(Right.AIRED_SAY, "station"))
def say_aired(context: Asked, code: FromPath[str], data: JSONBody[StatementsIn]) -> BatchOut:
    """Statements about the station's air; late, out of order and twice does no harm."""
    lines = [
        Said(
            line=number,
            external_id=each.id,
            slot=each.slot,
            segment=each.segment,
            title=each.title,
            starts_at=each.starts_at,
            duration_ms=each.duration_ms,
            aired=each.aired,
            reason=each.reason,
            corrects=each.corrects,
        )
        for number, each in enumerate(data.statements, 1)
    ]
    return out(say(context, lines, source="api", station=code, dry_run=data.dry_run))


class _LogBody(Operation):
    """The log's bytes are the body."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(content={"application/octet-stream": OpenAPIMediaType()}, required=True)


@post(
    "/stations/{code:str}/logs",
    status_code=200,
    request_max_body_size=MOST_BYTES,
    operation_class=_LogBody,
    opt=needs(Right.AIRED_SAY, "station"),
)
async def send_log(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    kind: FromQuery[Literal["csv", "xlsx", "liquidsoap", "mpd", "source_system"]],
    name: FromQuery[str] = "",
    dry_run: FromQuery[bool] = False,
) -> BatchOut:
    """A whole log of a station: a table, a player's log, records of a source system; a line for each of its lines."""
    data = await request.body()
    return out(
        await sync_to_thread(
            station_logs.take_log, context, code, kind=kind, data=data, name=name[:200], dry_run=dry_run
        )
    )


@get(
    "/stations/{code:str}/months/{month:str}/log-template",
    sync_to_thread=True,
    responses={200: ResponseSpec(bytes, description="CSV or XLSX", media_type="text/csv", generate_examples=False)},
    opt=needs(Right.AIRED_SAY, "station"),
)
def log_template(
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    format: FromQuery[Literal["csv", "xlsx"]] = "csv",  # noqa: A002 (the word that people use for it)
) -> Response[bytes]:
    """The station's month, a line for each airing, to be filled in and sent as a log."""
    export = station_logs.log_template(context, code, Month.parse(month), format=format)
    return Response(
        export.content,
        media_type=export.media_type,
        headers={"Content-Disposition": attachment(export.file_name), "Cache-Control": "private, no-cache"},
    )


@post("/stations/{code:str}/files", status_code=200, sync_to_thread=True, opt=needs(Right.AIRED_SAY, "station"))
def verify_files(context: Asked, code: FromPath[str], data: JSONBody[FilesIn]) -> FilesKnown:
    """The station has these files, verified by their hashes."""
    return deliveries.note_verified(context, code, data.files)


@get("/proof/{month:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def province(context: Asked, month: MonthInPath, as_of: FromQuery[datetime | None] = None) -> ProvinceProof:
    """Planned, delivered, reported, logged, heard and counted airtime of each station, also as it was known once."""
    return proofs.province_proof(context, Month.parse(month), as_of=_aware(as_of))


@get("/proof/{month:str}/stations/{code:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "station"))
def station(
    context: Asked, month: MonthInPath, code: FromPath[str], as_of: FromQuery[datetime | None] = None
) -> StationProof:
    """One station's month, slot by slot and item by item, each figure with the entries behind it."""
    return proofs.station_proof(context, code, Month.parse(month), as_of=_aware(as_of))


def _aware(moment: datetime | None) -> datetime | None:
    """Without an offset it is local."""
    return moment.replace(tzinfo=ZONE) if moment is not None and moment.tzinfo is None else moment


CLOSED = (StatementIn, StatementsIn, FilesIn)

router = Router(
    "/", route_handlers=[say_aired, send_log, log_template, verify_files, province, station], tags=["airing"]
)
