"""The cookies that a browser is known by."""

from litestar.types import HTTPScope

SESSION_COOKIE = "loa_session"
FORM_COOKIE = "loa_form"


def cookie(scope: HTTPScope, name: str) -> str | None:
    """The last one where there are several; on secure lines only that which no neighbouring host could have set."""
    wanted = f"__Host-{name}" if scope["scheme"] == "https" else name
    found: str | None = None
    for key, value in scope["headers"]:
        if key == b"cookie":
            for part in value.decode("latin-1").split(";"):
                own, _, content = part.strip().partition("=")
                if own == wanted:
                    found = content
    return found
