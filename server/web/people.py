"""Accounts and roles of everybody, for administrators."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked, day_of
from server.api.faults import RequestRefused
from server.api.gate import needs
from server.api.paging import Offset
from server.errors import REFUSALS, Refusal, answer
from server.services import accounts, one_time_links, password_mail, registry, role_grants
from server.services.account_refusals import UnknownAccount
from server.services.account_views import list_roles
from server.services.accounts import NewAccount
from server.services.context import Context
from server.services.local_time import local_today
from server.services.one_time_links import MOST_HOURS, USUAL_HOURS, IssuedLink
from server.services.rights import Right
from server.services.role_grants import NewRole
from server.texts import _
from server.web.going_on import site_of
from server.web.rendering import page

PAGE = 50
MANY = 1_000_000
ADDRESS = "/quan-tri/tai-khoan"
MANAGE = needs(Right.ACCOUNTS_MANAGE)
_NEW = ("login", "name", "organisation", "organisation_code", "organisation_name", "email")
_ROLE = ("role", "organisation", "unit", "topic", "valid_from", "last_day")
Typed = Mapping[str, str]


@get(ADDRESS, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=MANAGE)
def people_page(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    q: FromQuery[str] = "",
    role: FromQuery[str] = "",
    in_state: Annotated[str, QueryParameter(name="state")] = "",
    offset: Offset = 0,
) -> Response[str]:
    return _list(request, context, asked={"q": q, "role": role, "state": in_state}, offset=offset, typed={})


@post(ADDRESS, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=MANAGE)
def add_account(request: Request[Any, Any, Any], context: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    new = NewAccount(
        login=_text(data, "login"),
        name=_text(data, "name"),
        organisation=_text(data, "organisation") or _text(data, "organisation_code").strip(),
        organisation_name=_text(data, "organisation_name") or None,
        email=_text(data, "email") or None,
    )
    try:
        added = accounts.add_account(context, new)
    except REFUSALS as refusal:
        nothing = {"q": "", "role": "", "state": ""}
        return _list(request, context, asked=nothing, offset=0, typed=data, refusal=refusal)
    return Redirect(f"{ADDRESS}/{added.login}", status_code=303)


@get(f"{ADDRESS}/{{login:str}}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=MANAGE)
def person_page(request: Request[Any, Any, Any], context: Asked, login: FromPath[str]) -> Response[str]:
    return _person(request, context, login)


@post(
    f"{ADDRESS}/{{login:str}}/{{action:str}}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=MANAGE,
)
def change(
    request: Request[Any, Any, Any],
    context: Asked,
    login: FromPath[str],
    action: FromPath[str],
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    """One change of an account; refused, the page is shown again with what was typed."""
    if action not in ACTIONS:
        raise RequestRefused("address.unknown", path=f"{ADDRESS}/{login}/{action}")
    mailed_to: str | None = None
    link: IssuedLink | None = None
    try:
        link = ACTIONS[action](context, login, data)
        if link is not None and _text(data, "mail"):
            mailed_to = password_mail.mail_link(context, link, site=site_of(request))
    except UnknownAccount:
        raise
    except REFUSALS as refusal:
        # A link that could not be mailed is still a link: it is shown beside the reason.
        return _person(request, context, login, refusal=refusal, action=action, typed=data, link=link)
    if link is not None:
        return _person(request, context, login, link=link, mailed_to=mailed_to)
    return Redirect(f"{ADDRESS}/{login}", status_code=303)


@get(f"{ADDRESS}/{{login:str}}/{{action:str}}", include_in_schema=False, sync_to_thread=False, opt=MANAGE)
def back_to_person(login: FromPath[str], action: FromPath[str]) -> Redirect:
    """The addresses that forms post to show nothing by themselves."""
    if action not in ACTIONS:
        raise RequestRefused("address.unknown", path=f"{ADDRESS}/{login}/{action}")
    return Redirect(f"{ADDRESS}/{login}", status_code=302)


def _give_role(context: Context, login: str, typed: Typed) -> None:
    last = _day(typed, "last_day")
    wanted = NewRole(
        role=_text(typed, "role"),
        organisation=_text(typed, "organisation") or None,
        unit=_text(typed, "unit") or None,
        topic=_text(typed, "topic") or None,
        valid_from=_day(typed, "valid_from"),
        valid_to=last + timedelta(days=1) if last and last < date.max else None,
    )
    role_grants.give_role(context, login, wanted)


def _end_role(context: Context, login: str, typed: Typed) -> None:
    number = _text(typed, "grant")
    grant = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
    role_grants.end_role(context, login, grant, last_day=_day(typed, "last_day"))


def _disable(context: Context, login: str, _typed: Typed) -> None:
    accounts.disable_account(context, login)


def _enable(context: Context, login: str, _typed: Typed) -> None:
    accounts.enable_account(context, login)


def _end_sessions(context: Context, login: str, _typed: Typed) -> None:
    accounts.end_sessions(context, login)


def _remove_second_factor(context: Context, login: str, _typed: Typed) -> None:
    accounts.remove_second_factor(context, login)


def _link(context: Context, login: str, typed: Typed) -> IssuedLink:
    hours = _text(typed, "hours")
    number = int(hours) if hours.isascii() and hours.isdecimal() and len(hours) < 6 else 0
    return one_time_links.issue_link(context, login, hours=number)


ACTIONS: dict[str, Callable[[Context, str, Typed], IssuedLink | None]] = {
    "giao-vai-tro": _give_role,
    "ket-thuc-vai-tro": _end_role,
    "khoa": _disable,
    "mo-khoa": _enable,
    "ket-thuc-phien": _end_sessions,
    "lien-ket": _link,
    "bo-hai-buoc": _remove_second_factor,
}


def _list(
    request: Request[Any, Any, Any],
    context: Context,
    *,
    asked: dict[str, str],
    offset: int,
    typed: Typed,
    refusal: Refusal | None = None,
) -> Response[str]:
    found = accounts.list_accounts(
        context,
        query=asked["q"],
        role=asked["role"] or None,
        state=asked["state"] or None,
        offset=offset,
        limit=PAGE,
    )
    told = answer(refusal) if refusal is not None else None
    return page(
        request,
        "people.html",
        status=told.http if told else 200,
        active="people",
        sample=any(each.sample for each in found.items),
        found=found,
        asked=asked,
        filtered=any(asked.values()),
        roles=list_roles(),
        organisations=registry.list_organisations(context, on=local_today(context)),
        typed={name: _text(typed, name) for name in _NEW},
        refusal=told.sentence if told else None,
    )


def _person(
    request: Request[Any, Any, Any],
    context: Context,
    login: str,
    *,
    refusal: Refusal | None = None,
    action: str = "",
    typed: Typed | None = None,
    link: IssuedLink | None = None,
    mailed_to: str | None = None,
) -> Response[str]:
    told = answer(refusal) if refusal is not None else None
    shown = accounts.get_account(context, login)
    today = local_today(context)
    response = page(
        request,
        "person.html",
        status=told.http if told else 200,
        active="people",
        sample=shown.sample,
        account=shown,
        sessions=accounts.sessions_of(context, login),
        roles=list_roles(),
        organisations=registry.list_organisations(context, on=today),
        units=registry.list_units(context, on=today, limit=MANY).items,
        topics=registry.list_topics(context),
        typed={name: _text(typed or {}, name) for name in (*_ROLE, "hours", "grant")},
        hours=((24, _("1 ngày")), (USUAL_HOURS, _("3 ngày")), (MOST_HOURS, _("7 ngày"))),
        usual_hours=USUAL_HOURS,
        link=f"{site_of(request)}{link.path}" if link else None,
        mailed_to=mailed_to,
        mails=context.mail is not None,
        link_until=link.expires_at if link else None,
        action=action,
        refusal=told.sentence if told else None,
    )
    if link is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


def _day(typed: Typed, name: str) -> date | None:
    """Raises BadField."""
    text = _text(typed, name).strip()
    return day_of(text) if text else None


def _text(data: Typed, name: str) -> str:
    return str(data.get(name, ""))


HANDLERS = [people_page, add_account, person_page, change, back_to_person]
