"""The second factor of a person's account: codes of an app (TOTP, RFC 6238) and recovery codes that stand in for it.

The shared secret is kept sealed with this installation's own key and is never told again; of recovery codes only an
HMAC is kept.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session, col, delete, select

from server.db.accounts import Account, RecoveryCode
from server.services import audit, passwords, sessions
from server.services.account_refusals import WrongPassword
from server.services.context import Context
from server.services.counted_tries import Allowance, Tried, count, forgive
from server.services.hidden import signed
from server.services.rows import identity
from server.services.sealed import seal, unseal
from server.services.second_factor_refusals import (
    SecondFactorAbsent,
    SecondFactorPresent,
    SecondFactorStale,
    SecondFactorUnreadable,
    SecondFactorWrong,
)

if TYPE_CHECKING:
    from pyotp import TOTP

STEP_S = 30
DIGITS = 6
# Phones' clocks are off by some seconds, and typing takes some.
_WINDOW = 1
PENDING = timedelta(minutes=10)
RECOVERY_CODES = 10
MOST_TRIES = 5
TRIES_WITHIN = timedelta(minutes=5)
_ISSUER = "Loa"
_SECRET = "totp"  # noqa: S105 (the purpose of a seal)
_PENDING = "totp pending"
_RECOVERY = "recovery"
# None that looks like another: about 79 bits in 16 of them.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """For one look: `uri` and `qr` (inline SVG of it) for an app, `key` in groups for typing, `pending` for `confirm`."""

    uri: str
    qr: str
    key: str
    pending: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    on: bool
    recovery_codes_left: int


def standing(context: Context, account_id: int) -> Standing:
    with context.database.read() as session:
        account = session.get_one(Account, account_id)
        left = session.exec(
            select(RecoveryCode.id).where(RecoveryCode.account_id == account_id, col(RecoveryCode.used_at).is_(None))
        ).all()
        return Standing(on=account.totp_secret is not None, recovery_codes_left=len(left))


def enrol(context: Context, account_id: int) -> Enrolment:
    """A new secret that counts for nothing until `confirm`; nothing is stored. Raises SecondFactorPresent."""
    import pyotp

    with context.database.read() as session:
        account = session.get_one(Account, account_id)
    if account.totp_secret is not None:
        raise SecondFactorPresent(login=account.login)
    return _shown(context, account, pyotp.random_base32())


def enrolment_again(context: Context, account_id: int, pending: str) -> Enrolment:
    """The same as was shown before, with the time that was left. Raises SecondFactorStale."""
    with context.database.read() as session:
        account = session.get_one(Account, account_id)
    secret = _pending_secret(context, account_id, pending)
    return replace(_shown(context, account, secret), pending=pending)


def confirm(context: Context, account_id: int, pending: str, code: str) -> list[str]:
    """From here on the account needs the codes; the recovery codes are told this once.

    Raises SecondFactorPresent, SecondFactorStale, SecondFactorWrong, TooManyTries.
    """
    count_try(context, account_id)
    at = context.clock()
    secret = _pending_secret(context, account_id, pending)
    step = _step_of(_totp(secret), _plain(code), at, after=None)
    if step is None:
        raise SecondFactorWrong
    forgive_tries(context, account_id)
    with context.database.write() as session:
        account = session.get_one(Account, account_id)
        if account.totp_secret is not None:
            raise SecondFactorPresent(login=account.login)
        account.totp_secret = seal(context.secret, _SECRET, secret, bound=str(account_id))
        account.totp_last_step = step
        session.add(account)
        codes = _new_recovery_codes(session, context, account_id)
        audit.record(
            session,
            context,
            at=at,
            action="second_factor.set",
            subject=account.login,
            before={"second_factor": False},
            after={"second_factor": True},
        )
    return codes


def verify(session: Session, context: Context, account: Account, code: str) -> bool:
    """Whether it is a code of this moment or a recovery code; either counts once, by the caller's write transaction.

    It was counted before (`count_try`), and is forgiven afterwards where it was one. An account without a second factor
    has no code that is right. Raises SecondFactorUnreadable.
    """
    at = context.clock()
    plain = _plain(code)
    if account.totp_secret is None:
        return False
    if len(plain) == _LENGTH:
        return _use_recovery_code(session, context, account, plain, at)
    return _use_code(session, context, account, plain, at)


def new_recovery_codes(context: Context, account_id: int, code: str) -> list[str]:
    """In place of all earlier ones. Raises SecondFactorAbsent, SecondFactorWrong, TooManyTries, SecondFactorUnreadable."""
    count_try(context, account_id)
    with context.database.write() as session:
        account = session.get_one(Account, account_id)
        _require_code(session, context, account, code)
        codes = _new_recovery_codes(session, context, account_id)
        audit.record(
            session, context, at=context.clock(), action="second_factor.recovery_codes_made", subject=account.login
        )
    forgive_tries(context, account_id)
    return codes


def remove(context: Context, account_id: int, *, code: str = "", password: str = "") -> None:
    """By the person, who shows a code or, where there is none, the password.

    Raises SecondFactorAbsent, SecondFactorWrong, WrongPassword, TooManyTries, TooManyAtOnce, SecondFactorUnreadable.
    """
    by_password = bool(password) and not code.strip()
    count_try(context, account_id)
    if by_password:
        _require_password(context, account_id, password)
    with context.database.write() as session:
        account = session.get_one(Account, account_id)
        if not by_password or account.totp_secret is None:
            _require_code(session, context, account, code)
        _take_away(session, context, account)
    forgive_tries(context, account_id)


def remove_from(session: Session, context: Context, account: Account) -> None:
    """By an administrator who need know no code: the phone is lost; in the caller's transaction. Raises SecondFactorAbsent.

    Whoever holds the phone may be signed in by it, so all sessions of the account end.
    """
    if account.totp_secret is None:
        raise SecondFactorAbsent(login=account.login)
    _take_away(session, context, account)
    sessions.end_all(session, identity(account), at=context.clock(), but=context.who.session_id)


def _require_password(context: Context, account_id: int, password: str) -> None:
    with context.database.read() as session:
        kept = session.get_one(Account, account_id).password_hash
    with passwords.TURNS.one():
        good = passwords.fits(kept, password)
    if not good:
        raise WrongPassword


def _require_code(session: Session, context: Context, account: Account, code: str) -> None:
    if account.totp_secret is None:
        raise SecondFactorAbsent(login=account.login)
    if not verify(session, context, account, code):
        raise SecondFactorWrong


def _take_away(session: Session, context: Context, account: Account) -> None:
    account.totp_secret = None
    account.totp_last_step = None
    session.add(account)
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == identity(account)))
    audit.record(
        session,
        context,
        at=context.clock(),
        action="second_factor.removed",
        subject=account.login,
        before={"second_factor": True},
        after={"second_factor": False},
    )


def count_try(context: Context, account_id: int) -> None:
    """To be called before the transaction that verifies: it counts whatever becomes of that. Raises TooManyTries."""
    count(context, [_tried(account_id)])


def forgive_tries(context: Context, account_id: int) -> None:
    """The last one was right."""
    forgive(context, [_tried(account_id)])


def _tried(account_id: int) -> Tried:
    return Tried(("second factor", str(account_id)), Allowance(MOST_TRIES, TRIES_WITHIN))


def _shown(context: Context, account: Account, secret: str) -> Enrolment:
    import segno

    uri = _totp(secret).provisioning_uri(name=account.login, issuer_name=_ISSUER)
    key = identity(account)
    return Enrolment(
        uri=uri,
        qr=segno.make(uri, error="m").svg_inline(scale=5, svgclass="qr", lineclass=None),
        key=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        pending=seal(context.secret, _PENDING, secret, bound=str(key), until=context.clock() + PENDING),
    )


def _pending_secret(context: Context, account_id: int, pending: str) -> str:
    secret = unseal(context.secret, _PENDING, pending, bound=str(account_id), at=context.clock())
    if secret is None:
        raise SecondFactorStale
    return secret


def _totp(secret: str) -> "TOTP":
    import pyotp

    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)


def _step_of(totp: "TOTP", code: str, at: datetime, *, after: int | None) -> int | None:
    """The step near `at` whose code it is, later than the one that counted last."""
    from pyotp.utils import strings_equal

    now = int(at.timestamp()) // STEP_S
    found = None
    for step in range(now - _WINDOW, now + _WINDOW + 1):
        if strings_equal(totp.generate_otp(step), code) and (after is None or step > after):
            found = step
    return found


def _plain(code: str) -> str:
    """As people copy it: with spaces, hyphens, capitals."""
    return "".join(letter for letter in code[:100].lower() if letter.isascii() and letter.isalnum())


def _new_recovery_codes(session: Session, context: Context, account_id: int) -> list[str]:
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=account_id, secret_hash=_hash(context, account_id, code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, _LENGTH, 4)) for code in codes]


def _use_code(session: Session, context: Context, account: Account, code: str, at: datetime) -> bool:
    sealed = account.totp_secret or ""
    secret = unseal(context.secret, _SECRET, sealed, bound=str(identity(account)), at=at)
    if secret is None:
        raise SecondFactorUnreadable(login=account.login)
    step = _step_of(_totp(secret), code, at, after=account.totp_last_step)
    if step is None:
        return False
    account.totp_last_step = step
    session.add(account)
    return True


def _use_recovery_code(session: Session, context: Context, account: Account, code: str, at: datetime) -> bool:
    key = identity(account)
    unused = select(RecoveryCode).where(RecoveryCode.account_id == key, col(RecoveryCode.used_at).is_(None))
    rows = session.exec(unused).all()
    row = next((row for row in rows if row.secret_hash == _hash(context, key, code)), None)
    if row is None:
        return False
    row.used_at = at
    session.add(row)
    person = replace(sessions.person(session, account), address=context.who.address)
    audit.record(
        session,
        replace(context, who=person),
        at=at,
        action="second_factor.recovery_code_used",
        subject=account.login,
        left=len(rows) - 1,
    )
    return True


def _hash(context: Context, account_id: int, code: str) -> str:
    return signed(context.secret, _RECOVERY, str(account_id), code)
