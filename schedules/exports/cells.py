"""Cells of a CSV that spreadsheets leave alone."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def cell(value: str | int | None) -> str | int:
    """A spreadsheet takes a text that begins like a formula for one; an apostrophe before it says that it is text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "\ufffd")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def uncell(text: str) -> str:
    """The text that `cell` was given, NULs apart."""
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(_FORMULA) else text
