"""Which mail server and which OpenID provider the settings name."""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from server.services.mail_server import MailServer, is_address
from server.services.openid_provider import OidcProvider, is_safe_address
from server.services.refusals import BadSetting
from server.texts import _

_SMTP = "LOA_SMTP_URL"
_SMTP_EXPECTED = "smtp://user:password@host:587?tls=start, smtps://user:password@host:465"
_HOST = re.compile(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+")
_PORTS = {"start": 587, "none": 25, "implicit": 465}
_TLS: dict[str, Literal["start", "none"]] = {"start": "start", "none": "none"}


def mail_server(environment: Mapping[str, str]) -> MailServer | None:
    """From LOA_SMTP_URL, LOA_SMTP_PASSWORD, LOA_SMTP_CA_FILE and LOA_MAIL_FROM.

    Raises BadSetting, which shows no part of an address that may hold a password.
    """
    url = environment.get(_SMTP)
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise _bad_url(url) from error
    host = parts.hostname or ""
    implicit = parts.scheme == "smtps"
    tls: Literal["start", "implicit", "none"] | None = "implicit" if implicit else _TLS.get(options.get("tls", "start"))
    known: set[str] = set() if implicit else {"tls"}
    is_good = parts.scheme in {"smtp", "smtps"} and parts.path in {"", "/"} and not parts.fragment
    if not (is_good and _HOST.fullmatch(host) and port != 0 and tls and options.keys() <= known):
        raise _bad_url(url)
    user = unquote(parts.username or "")
    password = unquote(parts.password or "") or environment.get("LOA_SMTP_PASSWORD", "")
    if not (user + password).isascii() or not (user + password).isprintable():
        # What the protocol's usual ways of naming oneself take.
        raise BadSetting(name="LOA_SMTP_PASSWORD", value="…", expected=_("tên và mật khẩu gồm chữ không dấu"))
    authorities = environment.get("LOA_SMTP_CA_FILE")
    if authorities and not Path(authorities).is_file():
        raise BadSetting(name="LOA_SMTP_CA_FILE", value=authorities, expected=_("tệp chứng thư PEM đọc được"))
    return MailServer(
        host=host,
        port=port or _PORTS[tls],
        tls=tls,
        sender=_sender(environment.get("LOA_MAIL_FROM", "")),
        user=user,
        password=password,
        authorities=Path(authorities) if authorities else None,
    )


def oidc_provider(environment: Mapping[str, str]) -> OidcProvider | None:
    """From LOA_OIDC_ISSUER, LOA_OIDC_CLIENT_ID and LOA_OIDC_CLIENT_SECRET.

    Raises BadSetting.
    """
    issuer = environment.get("LOA_OIDC_ISSUER")
    if not issuer:
        return None
    if not is_safe_address(issuer) or "?" in issuer:
        raise BadSetting(name="LOA_OIDC_ISSUER", value=issuer, expected="https://dangnhap.tinh.gov.vn/realms/tinh")
    client_id = environment.get("LOA_OIDC_CLIENT_ID", "")
    if not client_id.strip() or not client_id.isprintable():
        seen = client_id or _("chưa đặt")
        raise BadSetting(
            name="LOA_OIDC_CLIENT_ID", value=seen, expected=_("mã mà hệ thống đăng nhập chung cấp cho Loa")
        )
    return OidcProvider(
        issuer=issuer,
        client_id=client_id,
        client_secret=environment.get("LOA_OIDC_CLIENT_SECRET", ""),
    )


def _sender(text: str) -> str:
    _name, address = parseaddr(text)
    if not is_address(address) or not text.isprintable():
        raise BadSetting(name="LOA_MAIL_FROM", value=text or _("chưa đặt"), expected="Loa <loa@tinh.gov.vn>")
    return text


def _bad_url(url: str) -> BadSetting:
    scheme, found, _rest = url.partition("://")
    return BadSetting(name=_SMTP, value=f"{scheme[:10]}://…" if found else "…", expected=_SMTP_EXPECTED)
