"""People's accounts and roles, and who asks."""

from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from server.api.asked import Asked
from server.api.gate import needs
from server.api.paging import Limit, Offset, paged
from server.services import accounts, one_time_links, role_grants
from server.services.account_views import AccountView
from server.services.accounts import Me, NewAccount
from server.services.one_time_links import USUAL_HOURS, IssuedLink
from server.services.rights import Right
from server.services.role_grants import NewRole
from server.services.views import Page

MANAGE = needs(Right.ACCOUNTS_MANAGE)


class AccountIn(NewAccount, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`organisation` is a code; where nobody has it yet, `organisation_name` makes the organisation."""


class RoleIn(NewRole, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`organisation` (null: the account's own), `unit` and `topic` are codes; dates are local, `valid_to` the day after the last."""


class RoleEndIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`last_day` is local, today or later; null: the role ends at once."""

    last_day: date | None = None


class LinkIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how many hours the link holds, 1 to 168."""

    hours: int = USUAL_HOURS


@get("/me", sync_to_thread=True, opt=needs(Right.KNOWN))
def get_me(context: Asked) -> Me:
    """Who asks, with the roles and rights that hold today; also for tokens of stations and keys of scripts."""
    return accounts.me(context)


@get("/accounts", sync_to_thread=True, opt=MANAGE)
def list_accounts(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    q: FromQuery[str] = "",
    role: FromQuery[str | None] = None,
    in_state: Annotated[str | None, QueryParameter(name="state", description="active or disabled")] = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> Response[Page[AccountView]]:
    """Accounts in Vietnamese order of names; `role` is one that holds today."""
    found = accounts.list_accounts(context, query=q, role=role, state=in_state, offset=offset, limit=limit)
    return paged(request, found)


@post("/accounts", sync_to_thread=True, opt=MANAGE)
def add_account(context: Asked, data: JSONBody[AccountIn]) -> AccountView:
    """A new account, without a password and roles yet: give it roles, then issue a link."""
    return accounts.add_account(context, data)


@get("/accounts/{login:str}", sync_to_thread=True, opt=MANAGE, raises=[NotFoundException])
def get_account(context: Asked, login: FromPath[str]) -> AccountView:
    """An account with its roles."""
    return accounts.get_account(context, login)


@post("/accounts/{login:str}/roles", sync_to_thread=True, opt=MANAGE)
def give_role(context: Asked, login: FromPath[str], data: JSONBody[RoleIn]) -> AccountView:
    """Gives a role."""
    return role_grants.give_role(context, login, data)


@post("/accounts/{login:str}/roles/{grant_id:int}/end", status_code=200, sync_to_thread=True, opt=MANAGE)
def end_role(context: Asked, login: FromPath[str], grant_id: FromPath[int], data: JSONBody[RoleEndIn]) -> AccountView:
    """Ends a role at once, or after a day; refused where nobody would be an administrator any more."""
    return role_grants.end_role(context, login, grant_id, last_day=data.last_day)


@post("/accounts/{login:str}/disable", status_code=200, sync_to_thread=True, opt=MANAGE)
def disable_account(context: Asked, login: FromPath[str]) -> AccountView:
    """Ends the account's sessions and lets nobody sign in to it."""
    return accounts.disable_account(context, login)


@post("/accounts/{login:str}/enable", status_code=200, sync_to_thread=True, opt=MANAGE)
def enable_account(context: Asked, login: FromPath[str]) -> AccountView:
    """Lets its owner sign in again."""
    return accounts.enable_account(context, login)


@post("/accounts/{login:str}/links", sync_to_thread=True, opt=MANAGE)
def issue_link(context: Asked, login: FromPath[str], data: JSONBody[LinkIn]) -> IssuedLink:
    """A link by which the account's owner sets a password, once; it is told here and nowhere else, older ones end."""
    return one_time_links.issue_link(context, login, hours=data.hours)


@delete("/accounts/{login:str}/second-factor", status_code=200, sync_to_thread=True, opt=MANAGE)
def remove_second_factor(context: Asked, login: FromPath[str]) -> AccountView:
    """Takes the second factor away from somebody whose phone is lost, and ends their sessions."""
    return accounts.remove_second_factor(context, login)


CLOSED = (AccountIn, RoleIn, RoleEndIn, LinkIn)

router = Router(
    "/",
    route_handlers=[
        get_me,
        list_accounts,
        add_account,
        get_account,
        give_role,
        end_role,
        disable_account,
        enable_account,
        issue_link,
        remove_second_factor,
    ],
    tags=["accounts"],
)
