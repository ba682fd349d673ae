"""The one door to the server: what is asked, with the station's token, and what came back in its place.

Nothing is believed because it says 200: sign-in pages of networks and proxies do. What is not a Loa's answer is refused
by name, so that the person at the station knows whom to call.
"""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from time import monotonic
from typing import Self, TypeVar

import httpx
import msgspec
from msgspec import Struct

from schedules.manifest import Manifest, ManifestChanges, Seal, SealedChanges, SealedManifest
from server.station import refusals as told
from server.station.seals import PinnedKey
from server.station.unreadable import UNREADABLE
from server.texts import _

T = TypeVar("T")

PROGRAM = f"loa-station/{version('loa')}"
_CONNECT_S = 10.0
_SILENCE_S = 30.0
_LARGEST = 64_000_000  # of a manifest, unpacked
_PACKED = ("", "identity", "gzip")
# A body that brings fewer bytes a second, after so many times the silence that is borne, is given up.
_LEAST_A_SECOND = 32
_SLOW_AFTER = 2
_JSON = ("application/json", "application/problem+json")
# X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL
_NOT_YET, _OVER = 9, 10
_Wrong = type[told.TokenRefused | told.TokenOfAnother | told.StationNotKnown]
_OF_STATUS: dict[int, _Wrong] = {401: told.TokenRefused, 403: told.TokenOfAnother}
_OF_CODE: dict[str, _Wrong] = {"station.unknown": told.StationNotKnown}


class PublicKey(Struct, kw_only=True):
    """`key` is its name, `public_key` base64 of 32 bytes."""

    key: str
    public_key: str


class Problem(Struct):
    code: str = ""
    detail: str = ""


class _Sealed(Struct, kw_only=True):
    manifest: Manifest | ManifestChanges
    seal: Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What the server has for the station, whole or as changes; `etag` names it to the server."""

    sealed: SealedManifest | SealedChanges
    etag: str | None


def utc_now() -> datetime:
    return datetime.now(UTC)


class ServerDoor:
    """`now` is this machine's clock, `silence_s` how long an answer may keep silent."""

    def __init__(
        self,
        server: str,
        station: str,
        token: str,
        *,
        now: Callable[[], datetime] = utc_now,
        silence_s: float = _SILENCE_S,
    ) -> None:
        self.server, self.station = server, station
        self.now = now
        self.silence_s = silence_s
        # Gzip alone, once: what is packed in packed things unpacks to more than a machine has.
        headers = {"User-Agent": PROGRAM, "Cache-Control": "no-cache", "Accept-Encoding": "gzip"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        with self._trouble():  # a file of certificates that the environment names may be no good
            self._client = httpx.Client(headers=headers, timeout=httpx.Timeout(silence_s, connect=_CONNECT_S))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def public_key(self) -> PinnedKey:
        """Of the server, for a station that trusts it from now on. Raises what `ask` does."""
        answer = self.ask("GET", "/api/v1/manifest-key", PublicKey)
        try:
            key = PinnedKey.of_text(answer.public_key)
        except ValueError as error:
            raise self._strange("/api/v1/manifest-key", str(error)) from error
        if key.name != answer.key:
            raise self._strange("/api/v1/manifest-key", _("tên khóa và khóa không khớp nhau"))
        return key

    def manifest(self, *, etag: str | None = None, since: str | None = None, wait_s: int = 0) -> Offered | None:
        """None: it is still what `etag` names, also after `wait_s` seconds. Raises what `ask` does."""
        path = f"/api/v1/stations/{self.station}/manifest"
        parameters: dict[str, str | int] = {}
        if since is not None:
            parameters["since"] = since
        if wait_s:
            parameters["wait"] = wait_s
        headers = {"If-None-Match": etag} if etag is not None else {}
        with self._answer("GET", path, parameters=parameters, headers=headers, patience_s=wait_s) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return None
            found = self._read(answer, path, _Sealed)
            etag = answer.headers.get("etag")
        sealed: SealedManifest | SealedChanges = (
            SealedManifest(manifest=found.manifest, seal=found.seal)
            if isinstance(found.manifest, Manifest)
            else SealedChanges(manifest=found.manifest, seal=found.seal)
        )
        return Offered(sealed=sealed, etag=etag)

    def ask(self, method: str, path: str, kind: type[T], *, said: object = None) -> T:
        """The answer to what is said, as JSON.

        Raises LineRefusal (ServerUnreachable, NotLoa, ServerMoved, ServerBusy, ServerFailed), ServerNotTrusted,
        CertificateOutOfDate, ProxyWantsSignIn, TokenRefused, TokenOfAnother, StationNotKnown, ServerOlder,
        AnswerNotUnderstood.
        """
        content = msgspec.json.encode(said) if said is not None else None
        headers = {"Content-Type": "application/json"} if content is not None else {}
        with self._answer(method, path, headers=headers, content=content) as answer:
            return self._read(answer, path, kind)

    @contextmanager
    def download(self, path: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """An answer whose body is read by whoever asked: 200, 206 or 416, and no text. Raises what `ask` does."""
        with self._answer("GET", path, headers={**headers, "Accept-Encoding": "identity"}) as answer:
            media_type = _media_type(answer)
            if media_type.startswith("text/") or media_type in _JSON:
                if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                    yield answer
                    return
                raise self._not_loa(answer)
            yield answer

    def pieces(self, answer: httpx.Response) -> Iterator[bytes]:
        """The body as it comes. Raises ServerUnreachable where it comes so slowly that it would never be all there."""
        begun, size = monotonic(), 0
        for piece in answer.iter_bytes():
            yield piece
            size += len(piece)
            took = monotonic() - begun
            if took > _SLOW_AFTER * self.silence_s and size < took * _LEAST_A_SECOND:
                raise told.ServerUnreachable(server=self.server, reason=_("không trả lời kịp"))

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        parameters: Mapping[str, str | int] | None = None,
        content: bytes | None = None,
        patience_s: float = 0,
    ) -> Iterator[httpx.Response]:
        timeout = httpx.Timeout(self.silence_s + patience_s, connect=_CONNECT_S)
        if not path.startswith("/"):  # appended to the server's name, it would be another host's
            raise self._strange(_short(path), _("địa chỉ không phải của máy chủ này"))
        with (
            self._trouble(),
            self._client.stream(
                method, self.server + path, params=parameters, headers=dict(headers), content=content, timeout=timeout
            ) as answer,
        ):
            self._require_good(answer, path)
            yield answer

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise self._refusal_of(error) from error
        except ssl.SSLError as error:
            raise told.ServerNotTrusted(server=self.server, reason=error.reason or str(error)) from error

    def _refusal_of(self, error: httpx.HTTPError) -> told.StationRefusal:
        found = _certificate_error(error)
        if found is not None and found.verify_code in {_NOT_YET, _OVER}:
            now = self.now().astimezone()
            return told.CertificateOutOfDate(
                server=self.server, now=f"{now:%H:%M %d/%m/%Y}", over=found.verify_code == _OVER
            )
        if found is not None:
            return told.ServerNotTrusted(server=self.server, reason=found.verify_message)
        if isinstance(error, httpx.ProxyError) and "407" in str(error):
            return told.ProxyWantsSignIn(server=self.server)
        return told.ServerUnreachable(server=self.server, reason=_what_broke(error))

    def _require_good(self, answer: httpx.Response, path: str) -> None:
        status = answer.status_code
        if status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
            raise told.ProxyWantsSignIn(server=self.server)
        if answer.has_redirect_location:
            raise told.ServerMoved(server=self.server, to=_short(answer.headers["location"]))
        if status in {
            httpx.codes.OK,
            httpx.codes.CREATED,
            httpx.codes.PARTIAL_CONTENT,
            httpx.codes.NOT_MODIFIED,
            httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE,
        }:
            if answer.headers.get("content-encoding", "identity").strip().lower() not in _PACKED:
                raise self._not_loa(answer)
            return
        if _media_type(answer) not in _JSON:
            if status in {502, 503, 504}:
                raise told.ServerBusy(server=self.server, seconds=_seconds(answer))
            raise self._not_loa(answer)
        raise self._problem(answer, path)

    def _problem(self, answer: httpx.Response, path: str) -> told.StationRefusal:
        status = answer.status_code
        try:
            problem = msgspec.json.decode(self._body(answer, path), type=Problem)
        except UNREADABLE:
            return self._not_loa(answer)
        wrong = _OF_STATUS.get(status) or _OF_CODE.get(problem.code)
        if wrong is not None:
            return wrong(server=self.server, station=self.station)
        if problem.code == "address.unknown" or status == httpx.codes.METHOD_NOT_ALLOWED:
            return told.ServerOlder(server=self.server, address=path)
        if status in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}:
            return told.ServerBusy(server=self.server, seconds=_seconds(answer))
        reason = f"{problem.code} {_short(problem.detail)}".strip()
        return told.ServerFailed(server=self.server, status=status, reason=reason)

    def _read(self, answer: httpx.Response, path: str, kind: type[T]) -> T:
        if _media_type(answer) not in _JSON:
            raise self._not_loa(answer)
        body = self._body(answer, path)
        try:
            found = msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            raise self._strange(path, str(error)) from error
        except UNREADABLE as error:
            raise self._not_loa(answer) from error
        return found

    def _body(self, answer: httpx.Response, path: str) -> bytes:
        body = bytearray()
        for piece in self.pieces(answer):
            body += piece
            if len(body) > _LARGEST:
                raise self._strange(path, _("câu trả lời dài quá"))
        return bytes(body)

    def _not_loa(self, answer: httpx.Response) -> told.NotLoa:
        return told.NotLoa(server=self.server, status=answer.status_code, media_type=_short(_media_type(answer)))

    def _strange(self, path: str, reason: str) -> told.AnswerNotUnderstood:
        return told.AnswerNotUnderstood(server=self.server, address=path, reason=_short(reason))


def _media_type(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _seconds(answer: httpx.Response) -> int | None:
    given = answer.headers.get("retry-after", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 6 else None


def _short(text: str) -> str:
    """What others wrote, fit for a line."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:200])


def _certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _what_broke(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return _("không trả lời kịp")
    if isinstance(error, httpx.ConnectError):
        return _("không mở được kết nối: {reason}", reason=_short(str(error)))
    if isinstance(error, httpx.DecodingError):
        return _("dữ liệu tới nơi bị hỏng")
    return _("kết nối đứt giữa chừng")
