"""Every text for people passes through `_`: Vietnamese as written in the code, English from the catalogue."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("vi", "en")
CATALOGUES = Path(__file__).parent / "locale"

_language: ContextVar[str] = ContextVar("language", default="vi")
_in_terminal: ContextVar[bool] = ContextVar("in_terminal", default=False)


def _(message: str, /, **facts: object) -> str:
    """The sentence in the language in use, its `{places}` filled with the facts."""
    language = _language.get()
    template = message if language == "vi" else _catalogue(language).get(message, message)
    return template.format(**facts) if facts else template


def language() -> str:
    return _language.get()


def use_language(chosen: str) -> None:
    """From here on, in this thread or request, texts are in `chosen`, one of LANGUAGES."""
    _language.set(chosen)


def use_terminal() -> None:
    """From here on, texts are for who can type commands."""
    _in_terminal.set(True)


def at_hand(*, page: str, command: str) -> str:
    """How to mend something, by what who reads it has before them."""
    return command if _in_terminal.get() else page


@contextmanager
def in_language(chosen: str) -> Iterator[None]:
    token = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(chosen: str) -> dict[str, str]:
    # Only those who chose another language pay for reading it.
    from babel.messages.pofile import read_po

    with (CATALOGUES / chosen / "LC_MESSAGES" / "loa.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file, locale=chosen) if entry.id and entry.string}
