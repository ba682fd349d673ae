"""What the door makes of certificates, clocks, and servers of another version."""

import gzip
import http.server
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.station.refusals import (
    AnswerNotUnderstood,
    NotLoa,
    ServerBusy,
    ServerFailed,
    ServerOlder,
    ServerUnreachable,
    StationNotKnown,
    StationRefusal,
)
from server.station.server_door import ServerDoor
from tests.server.machines import token
from tests.server.station import bad_line as line
from tests.server.station.command import loa_station, set_up
from tests.server.station.sealing import KEY
from tests.server.worlds import World

NOW = datetime.now(UTC)
SHOWN = "loa_x_y"


def certificate(folder: Path, *, begins: datetime, ends: datetime) -> tuple[Path, Path]:
    """For localhost, signed by itself; with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


@contextmanager
def behind_tls(files: tuple[Path, Path]) -> Iterator[str]:
    """Nobody gets further than the certificate."""
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("begins", "ends", "trusted", "told"),
    [
        (1000, 2000, True, "Đồng hồ máy này chạy sai"),
        (-2000, -1000, True, "đã hết hạn"),
        (-1, 1, False, "Không tin được chứng chỉ"),
    ],
)
def test_a_certificate_that_is_no_good_is_told_by_what_is_wrong(
    tmp_path: Path, begins: int, ends: int, trusted: object, told: str
) -> None:
    files = certificate(tmp_path, begins=NOW + timedelta(days=begins), ends=NOW + timedelta(days=ends))
    with behind_tls(files) as address:
        set_up(tmp_path / "máy", server=address, token=SHOWN, key=KEY)
        settings = {"SSL_CERT_FILE": str(files[0])} if trusted else {}
        answer = loa_station(tmp_path / "máy", "sync", **settings)
    assert (answer.returncode, told in answer.stderr) == (3, True), answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_file_of_certificates_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "rỗng.pem").write_text("không phải")
    set_up(tmp_path / "máy", server="https://localhost:9", token=SHOWN, key=KEY)
    answer = loa_station(tmp_path / "máy", "sync", SSL_CERT_FILE=str(tmp_path / "rỗng.pem"))
    assert (answer.returncode, len(answer.stderr.splitlines())) == (3, 1), answer.stderr


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (b"200 OK", b'{"manifest": {"format": "loa-manifest/2"}, "seal": {}}', AnswerNotUnderstood),
        (b"200 OK", b'{"version": 3}', AnswerNotUnderstood),
        (b"404 Not Found", b'{"code": "address.unknown"}', ServerOlder),
        (b"405 Method Not Allowed", b'{"code": "method.unknown"}', ServerOlder),
        (b"404 Not Found", b'{"code": "station.unknown"}', StationNotKnown),
        (b"429 Too Many Requests", b'{"code": "tries.too_many"}', ServerBusy),
        (b"500 Internal Server Error", b'{"code": "internal", "detail": "\\u0007"}', ServerFailed),
    ],
)
def test_a_server_of_another_version_or_in_trouble_is_told(
    loa: str, status: bytes, body: bytes, told: type[StationRefusal]
) -> None:
    def answered(exchange: line.Exchange) -> bytes:
        exchange.answer(status, body, b"content-type: application/json")
        return line.whole(exchange)

    with line.bad_line(loa, lambda: (answered, 0.5)) as carried, ServerDoor(carried.address, "h654", "x") as door:
        with pytest.raises(told) as error:
            door.manifest()
        assert str(error.value).isprintable()


def test_a_server_that_keeps_silent_is_not_waited_for_for_ever(loa: str) -> None:
    with (
        line.bad_line(loa) as carried,
        ServerDoor(carried.address, "h654", "x", silence_s=0.2) as door,
    ):
        carried.delay_s = 1.0
        with pytest.raises(ServerUnreachable):
            door.public_key()


def test_a_station_that_is_none_is_told(loa: str, world: World) -> None:
    with ServerDoor(loa, "khong-co", token(world.context)) as door, pytest.raises(StationRefusal):
        door.manifest()


def test_an_answer_is_waited_for_as_long_as_the_station_says(loa: str, world: World) -> None:
    with ServerDoor(loa, "h654", token(world.context)) as door:
        first = door.manifest()
        assert first is not None
        assert first.etag is not None
        assert door.manifest(etag=first.etag, wait_s=1) is None


@contextmanager
def asked(answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[str]]]:
    """A server that answers so, and all of whom it was asked by: their Authorization."""
    shown: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.append(self.headers.get("Authorization", ""))
            answer(self)

        def log_message(self, *_words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", shown
        finally:
            server.shutdown()
            thread.join()


def test_another_host_is_never_shown_the_token(loa: str) -> None:
    def as_sound(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "audio/mpeg")
        request.end_headers()

    with asked(as_sound) as (other, shown), ServerDoor(loa, "h654", SHOWN) as door:
        for path in (f"@{other}/x", f".{other}/x", f"http://{other}/x", ""):
            with pytest.raises(StationRefusal), door.download(path, {}):
                pass
        with pytest.raises(StationRefusal), door.download(f"//{other}/x", {}):
            pass
        assert shown == []

    def elsewhere(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", f"http://{other}/x")
        request.end_headers()

    with (
        asked(as_sound) as (other, shown),
        asked(elsewhere) as (address, _shown),
        ServerDoor(f"http://{address}", "h654", SHOWN) as door,
    ):
        with pytest.raises(StationRefusal), door.download("/x", {}):
            pass
        with pytest.raises(StationRefusal):
            door.manifest()
        assert shown == []


def test_what_is_packed_in_packed_things_is_not_unpacked() -> None:
    bomb = gzip.compress(gzip.compress(bytes(1 << 22)))

    def packed(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Encoding", "gzip, gzip")
        request.send_header("Content-Length", str(len(bomb)))
        request.end_headers()
        request.wfile.write(bomb)

    with asked(packed) as (address, _shown), ServerDoor(f"http://{address}", "h654", "x") as door:
        with pytest.raises(NotLoa):
            door.manifest()
        with pytest.raises(NotLoa), door.download("/x", {}):
            pass


def test_a_body_that_drips_is_given_up() -> None:
    enough = Event()

    def dripping(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        with suppress(OSError):
            while not enough.wait(0.1):
                request.wfile.write(b" ")

    with asked(dripping) as (address, _shown), ServerDoor(f"http://{address}", "h654", "x", silence_s=0.5) as door:
        try:
            with pytest.raises(ServerUnreachable):
                door.manifest()
        finally:
            enough.set()
