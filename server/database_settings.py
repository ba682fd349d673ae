"""Which database the settings name."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import URL

from server.db.place import DatabasePlace
from server.services.public_url import is_loopback
from server.services.refusals import BadSetting
from server.texts import _

_NAME = "LOA_DATABASE_URL"
_EXPECTED = "postgresql://user:password@host:5432/loa?sslmode=verify-full&sslrootcert=/path/ca.pem"
# `host` of the query: a folder with the server's socket.
_OPTIONS = {"sslmode", "sslrootcert", "host"}
_SSL_MODES = {"disable", "require", "verify-ca", "verify-full"}


def database_place(environment: Mapping[str, str]) -> DatabasePlace | None:
    """From LOA_DATABASE_URL and LOA_DATABASE_PASSWORD; None: the SQLite file in LOA_HOME.

    A server on another machine is spoken to by TLS alone, unless the address says `sslmode=disable`. Raises BadSetting,
    which shows no part of an address that may hold a password.
    """
    url = environment.get(_NAME)
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise _refusal() from error
    options = dict(given)
    database = unquote(parts.path.removeprefix("/"))
    host = parts.hostname or ""
    socket = options.get("host", "")
    if not (
        parts.scheme in {"postgresql", "postgres"}
        and database
        and "/" not in database
        and not parts.fragment
        and port != 0
        and len(options) == len(given)
        and options.keys() <= _OPTIONS
        and options.get("sslmode", "require") in _SSL_MODES
        and bool(host) != socket.startswith("/")
    ):
        raise _refusal()
    if host and not is_loopback(host):
        options.setdefault("sslmode", "require")
    return DatabasePlace(
        URL.create(
            "postgresql+psycopg",
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or "") or environment.get("LOA_DATABASE_PASSWORD") or None,
            host=host or socket,
            port=port,
            database=database,
            query={name: value for name, value in options.items() if name != "host"},
        )
    )


def _refusal() -> BadSetting:
    return BadSetting(name=_NAME, value=_("không đọc được"), expected=_EXPECTED)
