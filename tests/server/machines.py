"""Machines for tests: tokens, keys and feed addresses, and what programs that hold them send."""

from base64 import b64encode
from dataclasses import replace
from datetime import date

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from server.app import create_app
from server.services import credential_issuing as issuing
from server.services import feeds
from server.services.context import Context
from tests.server.people import Person, acting


def token(context: Context, station: str = "h654", name: str = "máy phát", *, until: date | None = None) -> str:
    return issuing.issue_token(context, station, name, expires_on=until).secret


def key(
    context: Context, *rights: str, name: str = "chương trình", unit: str | None = None, organisation: str = "snv"
) -> str:
    until = context.clock().date()
    return issuing.issue_key(context, organisation, name, rights=rights, unit=unit, expires_on=until).secret


def feed(context: Context, person: Person, kind: str = "station", code: str = "h654", name: str = "lịch") -> str:
    return feeds.make_feed(acting(context, person), name, kind=kind, code=code).secret


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def basic(secret: str, user: str = "loa") -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{secret}'.encode()).decode()}"}


def machine_of(context: Context, base: str = "http://127.0.0.1:8000") -> TestClient[Litestar]:
    """A program that holds nothing yet."""
    return TestClient(create_app(replace(context)), base_url=base, raise_server_exceptions=False)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["code"])
