"""Text that is safe to put into a line of somebody else's format."""

import unicodedata

# Joiners shape emoji and some scripts; every other invisible format character (direction overrides, soft
# hyphens, byte order marks) only serves to make a title look like what it is not.
_JOINERS = {"\u200c", "\u200d"}
_REPLACEMENT = "\ufffd"


def _printable(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    match unicodedata.category(character):
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
        case "Cf":
            return ""
        case _:
            return _REPLACEMENT


def one_line(text: str) -> str:
    """NFC, printable, single-spaced and on one line; surrogates and unassigned characters become U+FFFD."""
    if not text.isprintable():
        text = "".join(map(_printable, text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def lines(text: str) -> str:
    """The same for a text of several lines: "\n" stays, every other control character goes."""
    return "\n".join(one_line(line) for line in text.splitlines())
