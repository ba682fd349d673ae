"""The second factor: a code from a phone (TOTP, RFC 6238) that counts once."""

import pyotp
from sqlmodel import Session

from server.db.accounts import Account
from server.services.context import Context

STEP_S = 30
_LATE_STEPS = 1  # a phone's clock may be so far off, and a person so slow


def verify(session: Session, context: Context, account: Account, code: str) -> bool:
    """Whether it is a code of now that was not used before; then it is used, in the caller's transaction."""
    if account.totp_secret is None:
        return False
    given = "".join(code.split())
    totp = pyotp.TOTP(account.totp_secret, interval=STEP_S)
    now = int(context.clock().timestamp()) // STEP_S
    for step in range(now - _LATE_STEPS, now + _LATE_STEPS + 1):
        is_new = account.totp_last_step is None or step > account.totp_last_step
        if is_new and pyotp.utils.strings_equal(given, totp.generate_otp(step)):
            account.totp_last_step = step
            session.add(account)
            return True
    return False
