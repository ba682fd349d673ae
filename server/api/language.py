"""Which language an answer is in: Vietnamese, unless English was clearly asked for."""

import re
from functools import lru_cache

_LANGUAGE = re.compile(r"^\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$")


@lru_cache(256)
def preferred(accept_language: str) -> str:
    """English only where the header lists it above Vietnamese, or without Vietnamese at all."""
    weights = {"vi": 0.0, "en": 0.0}
    for part in accept_language.split(","):
        found = _LANGUAGE.match(part)
        if found and found[1].lower() in weights:
            weight = float(found[2]) if found[2] else 1.0
            weights[found[1].lower()] = max(weights[found[1].lower()], weight)
    return "en" if weights["en"] > weights["vi"] else "vi"


def of_cookie(cookies: str) -> str:
    """The language that the reader of the pages chose, kept in the cookie `lang`."""
    for part in cookies.split(";"):
        name, _, value = part.strip().partition("=")
        if name == "lang":
            return "en" if value == "en" else "vi"
    return "vi"
