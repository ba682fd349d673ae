"""The log: one line a message whatever is in it, so that no text of a user can pass for a line of ours.

As text for people at a terminal, or as JSON for machines, which then also get a line for each request. A log that can't
be written (its disk is full) costs lines, and never the service.
"""

import logging
import os
import sys
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Literal

import msgspec

Form = Literal["text", "json"]

# The log is read in terminals too: what moves a cursor or turns the order of writing is shown, not done.
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
OURS = ("loa", "uvicorn")
# What is written while a request is answered carries its id, in threads that work for it too.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


class OneLine(logging.Formatter):
    """A traceback follows its message with each of its lines marked."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # what another handler made of the traceback is not ours
        told = super().format(record)
        record.exc_text = None
        return told

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        asked = REQUEST_ID.get()
        return visible(super().formatMessage(record)) + (f" [{asked}]" if asked else "")

    def formatException(self, ei: object) -> str:  # noqa: N802 (as above)
        told = super().formatException(ei)  # type: ignore[arg-type]  # what logging hands on
        return "\n".join(f"  | {visible(line)}" for line in told.split("\n"))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 (as above)
        return "\n".join(f"  | {visible(line)}" for line in stack_info.split("\n"))


class Unfailing(logging.Handler):
    """Writes each line whole and at once. One that can't be written is lost and counted, and nobody waits for it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._broken = False
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write(self.format(record))
        except Exception:  # noqa: BLE001 (whatever it was: a log that fails must fail nothing else)
            self.lost += 1

    def _write(self, line: str) -> None:
        left = ("\n" * self._broken + line + "\n").encode("utf-8", "backslashreplace")
        self._broken = False
        while left:
            written = os.write(self._descriptor, left)
            left = left[written:]
            # Until the rest is there too: where the disk is full in the middle, the next line begins anew.
            self._broken = bool(left)


def visible(text: str) -> str:
    """Control characters, halves of characters and turning marks as \\x1b, \\ud800, \\u202e."""
    return "".join(letter if _is_plain(letter) else _escaped(letter) for letter in text)


def log_to_stderr(form: Form = "text", names: Iterable[str] = OURS) -> Unfailing:
    """Once for the process; what the libraries beneath say goes the same way."""
    with suppress(OSError):
        sys.stderr.flush()  # what was said so far comes before what is logged
    handler = Unfailing(sys.stderr.fileno())
    handler.setFormatter(json_lines() if form == "json" else OneLine())
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger("loa").setLevel(logging.INFO if form == "json" else logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return handler


def json_lines() -> logging.Formatter:
    """An object a line: at (UTC), level, logger, event, request where there is one, `extra` fields, exception."""
    from structlog.processors import TimeStamper, format_exc_info
    from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

    return ProcessorFormatter(
        foreign_pre_chain=[
            TimeStamper(fmt="iso", utc=True, key="at"),
            add_log_level,
            add_logger_name,
            _add_request,
            ExtraAdder(),
        ],
        processors=[ProcessorFormatter.remove_processors_meta, format_exc_info, _as_line],
    )


def _add_request(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    asked = REQUEST_ID.get()
    return {**event, "request": asked} if asked else event


def _as_line(_logger: object, _name: str, event: MutableMapping[str, Any]) -> str:
    """JSON's own way of writing what `visible` writes in Python's; a program reads back what was meant."""
    line = msgspec.json.encode(_encodable(dict(event)), enc_hook=str).decode()
    return "".join(letter if _is_plain(letter) else f"\\u{ord(letter):04x}" for letter in line)


def _encodable(value: object) -> object:
    """Halves of characters are no UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(str(name)): _encodable(each) for name, each in value.items()}
    return value


def _is_plain(letter: str) -> bool:
    code = ord(letter)
    return code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF and letter not in _TURNING


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
