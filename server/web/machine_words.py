"""What tokens, keys and private addresses are called on screen, and how an address is drawn for a camera."""

import segno
from markupsafe import Markup

from server.services.credential_views import CredentialView
from server.texts import _
from server.web.words import Status


def state(view: CredentialView) -> Status:
    kind, sign, word = {
        "living": ("met", "✓", _("đang dùng")),
        "replaced": ("below", "◔", _("đã đổi, sắp hết hạn")),
        "expired": ("unknown", "·", _("đã hết hạn")),
        "revoked": ("missed", "✕", _("đã thu hồi")),
        "station_gone": ("unknown", "·", _("đài không còn")),
    }[view.state]
    return Status(kind=kind, sign=sign, word=word)


def states() -> list[tuple[str, str]]:
    """The choices of the filter."""
    return [
        ("alive", _("còn dùng được")),
        ("living", _("đang dùng")),
        ("replaced", _("đã đổi, sắp hết hạn")),
        ("expired", _("đã hết hạn")),
        ("revoked", _("đã thu hồi")),
        ("station_gone", _("đài không còn")),
        ("all", _("tất cả")),
    ]


def calendar_of(what: dict[str, str] | None, stations: dict[str, str], districts: dict[str, str]) -> str:
    """`stations` and `districts` are names by code."""
    if what and "station" in what:
        return stations.get(what["station"], what["station"])
    if what and "district" in what:
        return _("{district}, cả các xã", district=districts.get(what["district"], what["district"]))
    return _("Cả tỉnh")


def drawn(address: str) -> Markup:
    """A QR code as SVG, dark on light whatever the page looks like: cameras want it so."""
    code = segno.make(address, error="m", micro=False)
    # segno writes only numbers of its own into it.
    return Markup(code.svg_inline(border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True))  # noqa: S704


def feed_address(base: str, secret: str) -> str:
    """`base` is scheme and host."""
    return f"{base}/api/v1/feeds/{secret}.ics"
