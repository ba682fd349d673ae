"""Which store the environment names. Keys come in variables of their own: addresses end up in logs and in histories."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from media.stores.s3 import S3Location
from server.services.refusals import BadSetting
from server.texts import _

_NAME = "LOA_STORE_URL"
_EXPECTED = "s3://bucket/folder?endpoint=https://host:9000&region=us-east-1"
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_FOLDER = re.compile(r"(?!\.)[A-Za-z0-9._-]+(?:/(?!\.)[A-Za-z0-9._-]+)*|")
_ENDPOINT = re.compile(r"(https?://(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?)/?")
_REGION = re.compile(r"[a-z0-9-]+")
_OPTIONS = {"endpoint", "region", "tls"}
_KEY = re.compile(r"[!-~]+")


def s3_location(environment: Mapping[str, str]) -> S3Location | None:
    """From LOA_STORE_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; None: the folder in LOA_HOME.

    `tls=no` says that a line without TLS is meant. Raises BadSetting, which shows no part of an address that may hold a
    key.
    """
    url = environment.get(_NAME)
    if not url:
        return None
    try:
        parts = urlsplit(url)
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise _refusal(url) from error
    given = dict(options)
    endpoint = _ENDPOINT.fullmatch(given["endpoint"]) if "endpoint" in given else None
    folder = parts.path.strip("/")
    if not (
        url.startswith("s3://")
        and _BUCKET.fullmatch(parts.netloc)
        and _FOLDER.fullmatch(folder)
        and not parts.fragment
        and given.keys() <= _OPTIONS
        and len(options) == len(given)
        and (endpoint or "endpoint" not in given)
        and _REGION.fullmatch(given.get("region", "us-east-1"))
        and given.get("tls", "no") == "no"
    ):
        raise _refusal(url)
    return S3Location(
        bucket=parts.netloc,
        prefix=folder,
        endpoint=endpoint[1] if endpoint else None,
        region=given.get("region", "us-east-1"),
        plain="tls" in given,
        access_key_id=_key(environment, "AWS_ACCESS_KEY_ID"),
        secret_access_key=_key(environment, "AWS_SECRET_ACCESS_KEY"),
    )


def _key(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not _KEY.fullmatch(value):
        seen = _("có ký tự lạ") if value else _("chưa đặt")
        raise BadSetting(name=name, value=seen, expected=_("khóa của kho S3 nêu trong LOA_STORE_URL"))
    return value


def _refusal(url: str) -> BadSetting:
    scheme, _colon, rest = unquote(url).partition("://")
    place, _question, options = rest.partition("?")
    names = {option.partition("=")[0] for option in options.split("&") if option}
    hides_keys = "@" in rest or ":" in place or not names <= _OPTIONS
    return BadSetting(name=_NAME, value=f"{scheme[:10]}://…" if hides_keys else url, expected=_EXPECTED)
