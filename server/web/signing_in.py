"""Signing in and out, setting a password by a link, and the very first account."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked, Tries
from server.api.cookies import SESSION_COOKIE
from server.api.gate import OPEN
from server.api.patience import patiently
from server.errors import REFUSALS, Refusal, answer
from server.services import first_account, one_time_links, passwords, registry, signing_in
from server.services.account_refusals import (
    AdministratorExists,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    SignInStale,
    TooManyAtOnce,
    TooManyTries,
)
from server.services.context import Context
from server.services.first_account import FirstAccount
from server.services.local_time import local_today
from server.services.login_tries import LoginTries
from server.services.signing_in import SignedIn
from server.services.who import NOBODY
from server.texts import language
from server.web.cookies import set_cookie
from server.web.going_on import place_within
from server.web.rendering import ENVIRONMENT, page

# A link that is no good has no form to be shown with.
_OF_THE_LINK = (LinkUnknown, LinkExpired, LinkUsed, AdministratorExists)


@get("/dang-nhap", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def sign_in_page(
    request: Request[Any, Any, Any], tiep: FromQuery[str] = "", xong: FromQuery[str] = ""
) -> Response[str]:
    return _sign_in_page(request, login="", onward=tiep, done=xong)


@post("/dang-nhap", media_type=MediaType.HTML, include_in_schema=False, opt=OPEN)
async def sign_in(
    request: Request[Any, Any, Any], context: Asked, tries: Tries, data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    if passwords.TURNS.is_full:  # a flood is told so before anything is done for it
        return Response(
            _full(language()),
            status_code=503,
            media_type=MediaType.HTML,
            headers={"Retry-After": str(passwords.RETRY_S), "Cache-Control": "no-store"},
        )
    # Whoever waits for a turn to hash waits beside everybody else, never in the few threads that all share.
    return await patiently(_sign_in, request, context, tries, data)


@cache
def _full(language: str) -> str:  # noqa: ARG001 (one for each language that is in use when it is made)
    """The page of refusal for a queue that is full: the same for everybody, so made once."""
    told = answer(TooManyAtOnce(seconds=passwords.RETRY_S))
    return ENVIRONMENT.get_template("signing_in_full.html").render(
        path="/dang-nhap",
        query="",
        who=NOBODY,
        may=lambda _right: False,
        csrf="",
        active="",
        sample=False,
        tour=[],
        asked_at=None,
        told=told,
    )


def _sign_in(
    request: Request[Any, Any, Any], context: Context, tries: LoginTries, data: Mapping[str, str]
) -> Response[Any]:
    login, onward = _text(data, "login"), _text(data, "tiep")
    try:
        done = signing_in.sign_in(
            context,
            tries,
            login,
            _text(data, "password"),
            address=context.who.address or "",
            agent=request.headers.get("user-agent", ""),
        )
    except REFUSALS as refusal:
        return _with_retry(refusal, _sign_in_page(request, login=login, onward=onward, refusal=refusal))
    if done.pending is not None:
        return code_page(request, pending=done.pending, onward=onward)
    return signed_in(request, done, onward)


@get("/dang-nhap/ma", include_in_schema=False, sync_to_thread=False, opt=OPEN)
def back_to_sign_in() -> Redirect:
    """The code belongs to a password that was just given: alone it means nothing."""
    return Redirect("/dang-nhap", status_code=302)


@post("/dang-nhap/ma", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def finish_sign_in(
    request: Request[Any, Any, Any], context: Asked, tries: Tries, data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    pending, onward = _text(data, "pending"), _text(data, "tiep")
    try:
        done = signing_in.finish_sign_in(
            context,
            tries,
            pending,
            _text(data, "code"),
            address=context.who.address or "",
            agent=request.headers.get("user-agent", ""),
        )
    except SignInStale as refusal:
        return _sign_in_page(request, login="", onward=onward, refusal=refusal)
    except REFUSALS as refusal:
        return _with_retry(refusal, code_page(request, pending=pending, onward=onward, refusal=refusal))
    return signed_in(request, done, onward)


@get("/dang-xuat", include_in_schema=False, sync_to_thread=False, opt=OPEN)
def back_home() -> Redirect:
    """Signing out is a change, so an address alone does not do it."""
    return Redirect("/", status_code=302)


@post("/dang-xuat", include_in_schema=False, sync_to_thread=True, opt=OPEN)
def sign_out(request: Request[Any, Any, Any], context: Asked) -> Redirect:
    signing_in.sign_out(context)
    response = Redirect("/dang-nhap?xong=ra", status_code=303)
    set_cookie(request, response, SESSION_COOKIE, "", max_age_s=0)
    return response


@get("/mat-khau/{secret:str}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def password_page(request: Request[Any, Any, Any], context: Asked, secret: FromPath[str]) -> Response[str]:
    return _password_page(request, context, secret)


@post("/mat-khau/{secret:str}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def set_password(
    request: Request[Any, Any, Any],
    context: Asked,
    secret: FromPath[str],
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    try:
        one_time_links.use_link(context, secret, _text(data, "password"))
    except _OF_THE_LINK:
        raise
    except REFUSALS as refusal:
        return _with_retry(refusal, _password_page(request, context, secret, refusal=refusal))
    return Redirect("/dang-nhap?xong=mat-khau", status_code=303)


@get("/bat-dau/{secret:str}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def first_page(request: Request[Any, Any, Any], context: Asked, secret: FromPath[str]) -> Response[str]:
    return _first_page(request, context, secret, typed={})


@post("/bat-dau/{secret:str}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def make_first_account(
    request: Request[Any, Any, Any],
    context: Asked,
    secret: FromPath[str],
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    own = _text(data, "organisation_code").strip()
    given = FirstAccount(
        login=_text(data, "login"),
        name=_text(data, "name"),
        organisation=_text(data, "organisation") or own,
        organisation_name=_text(data, "organisation_name") or None,
        password=_text(data, "password"),
    )
    try:
        secret_of_session = first_account.make_first_account(
            context,
            secret,
            given,
            address=context.who.address or "",
            agent=request.headers.get("user-agent", ""),
        )
    except _OF_THE_LINK:
        raise
    except REFUSALS as refusal:
        return _with_retry(refusal, _first_page(request, context, secret, typed=data, refusal=refusal))
    return signed_in(request, SignedIn(secret=secret_of_session), "/quan-tri/tai-khoan")


def signed_in(request: Request[Any, Any, Any], done: SignedIn, onward: str) -> Redirect:
    response = Redirect(place_within(onward), status_code=303)
    set_cookie(request, response, SESSION_COOKIE, done.secret or "")
    return response


def _sign_in_page(
    request: Request[Any, Any, Any], *, login: str, onward: str, done: str = "", refusal: Refusal | None = None
) -> Response[str]:
    return _page(
        request,
        "sign_in.html",
        refusal,
        login=login[:100],
        onward=place_within(onward, instead=""),
        done=done,
        sign_on=request.app.state.context.oidc is not None,
    )


def code_page(
    request: Request[Any, Any, Any], *, pending: str, onward: str, refusal: Refusal | None = None
) -> Response[str]:
    return _page(
        request,
        "sign_in_code.html",
        refusal,
        pending=pending,
        onward=place_within(onward, instead=""),
        minutes=int(signing_in.PENDING_FOR.total_seconds() // 60),
    )


def _password_page(
    request: Request[Any, Any, Any], context: Context, secret: str, *, refusal: Refusal | None = None
) -> Response[str]:
    """Raises what a link is refused for."""
    link = one_time_links.look_at_link(context, secret)
    return _page(
        request, "set_password.html", refusal, secret=secret, link=link, least=passwords.LEAST, most=passwords.MOST
    )


def _first_page(
    request: Request[Any, Any, Any],
    context: Context,
    secret: str,
    *,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Response[str]:
    """Raises what a link is refused for."""
    first_account.look_at_first_link(context, secret)
    names = ("login", "name", "organisation", "organisation_code", "organisation_name")
    return _page(
        request,
        "first_account.html",
        refusal,
        secret=secret,
        organisations=registry.list_organisations(context, on=local_today(context)),
        typed={name: _text(typed, name) for name in names},
        least=passwords.LEAST,
        most=passwords.MOST,
    )


def _page(request: Request[Any, Any, Any], template: str, refusal: Refusal | None, **facts: object) -> Response[str]:
    """With the sentence of what was refused, if something was; kept nowhere, for secrets may be in it."""
    told = answer(refusal) if refusal is not None else None
    response = page(
        request,
        template,
        status=told.http if told else 200,
        refusal=told.sentence if told else None,
        **facts,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _with_retry(refusal: Refusal, response: Response[str]) -> Response[str]:
    if isinstance(refusal, TooManyTries | TooManyAtOnce):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response


def _text(data: Mapping[str, str], name: str) -> str:
    return str(data.get(name, ""))


HANDLERS = [
    sign_in_page,
    sign_in,
    back_to_sign_in,
    finish_sign_in,
    back_home,
    sign_out,
    password_page,
    set_password,
    first_page,
    make_first_account,
]
