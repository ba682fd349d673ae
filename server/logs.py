"""The log: one line a message whatever is in it, so that no text of a user can pass for a line of ours."""

import logging
import sys
from collections.abc import Iterable

# The log is read in terminals too: what moves a cursor or turns the order of writing is shown, not done.
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
OURS = ("loa", "uvicorn")


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
        return visible(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 (as above)
        told = super().formatException(ei)  # type: ignore[arg-type]  # what logging hands on
        return "\n".join(f"  | {visible(line)}" for line in told.split("\n"))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 (as above)
        return "\n".join(f"  | {visible(line)}" for line in stack_info.split("\n"))


def visible(text: str) -> str:
    """Control characters, halves of characters and turning marks as \\x1b, \\ud800, \\u202e."""
    return "".join(letter if _is_plain(letter) else _escaped(letter) for letter in text)


def log_to_stderr(names: Iterable[str] = OURS) -> None:
    """Once for the process; what the libraries beneath say goes the same way."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def _is_plain(letter: str) -> bool:
    code = ord(letter)
    return code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF and letter not in _TURNING


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
