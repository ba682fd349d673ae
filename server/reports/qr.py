"""The one door to segno: an address as a QR code that survives a printer and a photocopy."""

from io import BytesIO
from typing import Any

import segno


def qr_svg(address: str) -> str:
    return _saved(address, kind="svg", scale=4, xmldecl=False, nl=False).decode()


def qr_png(address: str) -> bytes:
    return _saved(address, kind="png", scale=8)


def _saved(address: str, **how: Any) -> bytes:
    made = BytesIO()
    segno.make_qr(address, error="m").save(made, border=2, **how)
    return made.getvalue()
