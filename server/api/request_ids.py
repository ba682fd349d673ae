"""The name of each request, by which a user's trouble is found in the log: theirs by `X-Request-Id`, in each refusal.

A trusted proxy names it where it has one already; nobody else's name is taken, who could pass for another's request.
"""

import re
import secrets

from litestar.types import HTTPScope, Scope

HEADER = b"x-request-id"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
_STATE = "request_id"
_LETTERS = 16


def request_id(scope: HTTPScope, *, trusted: bool) -> str:
    if trusted:
        said = [value for name, value in scope["headers"] if name == HEADER]
        if len(said) == 1 and _SANE.fullmatch(told := said[0].decode("latin-1")):
            return told
    return secrets.token_hex(_LETTERS // 2)


def give_id(scope: HTTPScope, named: str) -> None:
    scope["state"][_STATE] = named


def id_of(scope: Scope) -> str:
    """ "" where nobody named it."""
    named: str = scope.get("state", {}).get(_STATE, "")
    return named
