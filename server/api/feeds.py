"""Calendars by private addresses: for calendar programs, which can't sign in. The secret in the address is the proof."""

from litestar import Router, get
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ASGIApp, Scope

from server.api.asked import Asked
from server.api.exports import answer, calendar_of
from server.api.faults import RequestRefused
from server.api.gate import OPEN, Gate
from server.api.problems import told_path
from server.api.tries import Tries
from server.services.credential_refusals import UnknownFeed
from server.services.feeds import pulled
from server.services.hidden import hash_of
from server.services.refusals import UnknownStation, UnknownUnit


@get(
    "/feeds/{file:str}",
    opt=OPEN,
    responses={
        200: ResponseSpec(str, description="The calendar", media_type="text/calendar", generate_examples=False),
        304: ResponseSpec(None, description="The client has it"),
    },
)
async def feed(scope: Scope, context: Asked, file: FromPath[str]) -> ASGIApp:
    """The calendar that a private address stands for, {secret}.ics, while its owner may still pull it.

    Every other address is answered like one that nobody knows, and after many of them the sender waits.
    """
    secret, _, extension = file.rpartition(".")
    secret_hash = hash_of(secret)
    tries: Tries = scope["litestar_app"].state.feed_tries
    address = str(context.who.address or "")
    waits = tries.refused(address, secret_hash)
    if waits is not None:
        raise waits
    try:
        found = await sync_to_thread(pulled, context, secret_hash if extension == "ics" else "")
        export = await calendar_of(scope, station=found.station, district=found.district)
    except (UnknownFeed, UnknownStation, UnknownUnit):
        tries.wrong(address, secret_hash)
        raise RequestRefused("address.unknown", path=told_path(scope)) from None
    tries.right(secret_hash)
    doors: Gate = scope["litestar_app"].state.gate
    doors.note_use(found.credential_id, address)
    return answer(scope, export)


router = Router("/", route_handlers=[feed], tags=["exports"])
