"""Webhooks of stations: added and ended by administrators."""

from typing import Annotated

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from server.api.asked import Asked
from server.api.credentials import UNSAVED
from server.api.gate import needs
from server.services import webhooks
from server.services.outgoing import LONGEST_URL
from server.services.rights import Right
from server.services.webhooks import IssuedWebhook, WebhookView


class WebhookIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An http or https address of the public network, unless this service allows private ones."""

    url: Annotated[str, Meta(min_length=1, max_length=LONGEST_URL)]


@get("/stations/{code:str}/webhooks", sync_to_thread=True, opt=needs(Right.MACHINES_MANAGE, "station"))
def list_webhooks(context: Asked, code: FromPath[str]) -> list[WebhookView]:
    """The newest first, also those that have ended; nothing of their secrets."""
    return webhooks.list_webhooks(context, code)


@post("/stations/{code:str}/webhooks", sync_to_thread=True, opt=needs(Right.MACHINES_MANAGE, "station"))
def add_webhook(context: Asked, code: FromPath[str], data: JSONBody[WebhookIn]) -> Response[IssuedWebhook]:
    """What the station is urged for is sent there by POST as JSON, with Loa-Timestamp and Loa-Signature.

    The signature is "v1=" and the HMAC-SHA-256 in hex, keyed with the secret, over the timestamp, a full stop and the
    body; Loa-Delivery names the message and is the same at each try. An answer of 2xx takes it. The secret is in this
    answer and nowhere else.
    """
    return Response(webhooks.add_webhook(context, code, data.url), status_code=201, headers=UNSAVED)


@post(
    "/stations/{code:str}/webhooks/{number:int}/end",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.MACHINES_MANAGE, "station"),
)
def end_webhook(context: Asked, code: FromPath[str], number: FromPath[int]) -> WebhookView:
    """Nothing is sent there any more, nor what still waits; once more is the same."""
    return webhooks.end_webhook(context, code, number)


CLOSED = (WebhookIn,)

router = Router("/", route_handlers=[list_webhooks, add_webhook, end_webhook], tags=["credentials"])
