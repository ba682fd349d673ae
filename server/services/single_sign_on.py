"""Signing in by the province's OpenID provider: out with a sealed note of what was asked, back with a proof of who it is.

Accounts are made by administrators alone. A person of the provider is tied to one at the first sign-in, by an e-mail
address that the provider has verified, and from then on by the provider's own number for them.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec
from sqlmodel import Session, col, func, select

from server.db.accounts import Account
from server.services import audit, openid_provider, sessions, signing_in
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.hidden import hash_of
from server.services.openid_provider import Attempt, OidcProvider, Told
from server.services.sealed import seal, unseal
from server.services.signing_in import SignedIn
from server.services.single_sign_on_refusals import (
    ProviderRefused,
    SignOnDisabled,
    SignOnForged,
    SignOnForgotten,
    SignOnUnlinked,
    SignOnUnset,
)

LIFETIME = timedelta(minutes=10)
_PURPOSE = "sign-on"
_LONGEST_REASON = 100


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    attempt: Attempt
    onward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOn:
    """`onward` is the page that was asked for at the start."""

    done: SignedIn
    onward: str


def start(context: Context, *, redirect_uri: str, onward: str) -> tuple[str, str]:
    """The provider's address to go to, and the note for a cookie. Raises SignOnUnset, ProviderUnreachable, ProviderRefused."""
    address, attempt = openid_provider.begin(_provider(context), redirect_uri)
    note = msgspec.json.encode(_Note(attempt=attempt, onward=onward)).decode()
    return address, seal(context.secret, _PURPOSE, note, until=context.clock() + LIFETIME)


def complete(
    context: Context,
    note: str,
    *,
    state: str,
    code: str,
    issuer: str | None,
    error: str | None,
    address: str,
    agent: str,
) -> SignedOn:
    """With what the provider sent back: `issuer` where it names itself (RFC 9207), `error` where it refuses.

    Raises SignOnUnset, SignOnForgotten, SignOnForged, ProviderUnreachable, ProviderRefused, SignOnUnlinked,
    SignOnDisabled.
    """
    provider = _provider(context)
    text = unseal(context.secret, _PURPOSE, note, at=context.clock())
    if text is None:
        raise SignOnForgotten
    kept = msgspec.json.decode(text, type=_Note)
    if hash_of(state) != hash_of(kept.attempt.state):  # hashes: how much of it is right takes no time to tell
        raise SignOnForgotten
    if issuer is not None and issuer != provider.issuer:
        raise SignOnForged(reason="iss")
    if error is not None or not code:
        raise ProviderRefused(issuer=provider.issuer, reason=_word(error or "code"))
    told = openid_provider.finish(provider, kept.attempt, code, at=context.clock())
    with disk_refusals(context.home), context.database.write() as session:
        account = _account_of(session, context, told)
        done = signing_in.enter(context, session, account, address=address, agent=agent, by="single sign-on")
    return SignedOn(done=done, onward=kept.onward)


def _account_of(session: Session, context: Context, told: Told) -> Account:
    subject = f"{told.issuer} {told.subject}"
    account = session.exec(select(Account).where(Account.oidc_subject == subject)).first()
    if account is not None:
        if account.state != "active":
            raise SignOnDisabled(login=account.login)
        return account
    if told.email is None:
        raise SignOnUnlinked(email=None)
    having = session.exec(
        select(Account).where(func.lower(col(Account.email)) == told.email.lower(), Account.state == "active")
    ).all()
    if len(having) != 1 or having[0].oidc_subject is not None:
        raise SignOnUnlinked(email=_word(told.email))
    [account] = having
    account.oidc_subject = subject
    session.add(account)
    audit.record(
        session,
        _as_them(session, context, account),
        at=context.clock(),
        action="account.linked",
        subject=account.login,
        before={"oidc_subject": None},
        after={"oidc_subject": subject},
    )
    return account


def _as_them(session: Session, context: Context, account: Account) -> Context:
    return replace(context, who=replace(sessions.person(session, account), address=context.who.address))


def _provider(context: Context) -> OidcProvider:
    if context.oidc is None:
        raise SignOnUnset
    return context.oidc


def _word(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST_REASON]
