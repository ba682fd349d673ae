"""A real server over real sockets: heads that come too slowly or are too large end the connection, and answers that
nobody reads."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from litestar.types import Receive, Scope, Send

from server.patient_http import LARGEST_HEAD, PatientHttp

WAIT_S = 10.0


class Hurried(PatientHttp):
    longest_head_s = 0.3
    stalled_s = 0.3


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body, waits a little longer than a head may take, and answers with the body's length."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))  # type: ignore[arg-type]  # a request's body
        if not message.get("more_body", False):
            break
    if scope["path"] == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.create_task(receive())
        while not gone.done():
            await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
            await asyncio.sleep(0)
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(0.6)
    body = str(size).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


@contextmanager
def served() -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=Hurried, ws="none", lifespan="off", log_level="critical", timeout_keep_alive=5)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        running.should_exit = True
        thread.join()
        listening.close()


def ends(connection: socket.socket) -> bytes:
    """What came until the server closed it; a server that never does ends in a timeout."""
    connection.settimeout(WAIT_S)
    said = b""
    try:
        while piece := connection.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


def test_who_says_nothing_is_not_waited_for() -> None:
    with served() as port, socket.create_connection(("127.0.0.1", port)) as connection:
        assert ends(connection) == b""


def test_a_head_that_trickles_in_is_not_waited_for() -> None:
    with served() as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        for _ in range(3):
            time.sleep(0.05)
            connection.sendall(b"X: y\r\n")
        assert ends(connection) == b""


def test_a_head_without_end_is_refused() -> None:
    with served() as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(WAIT_S)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        said = b""
        try:
            for _ in range(200):
                connection.sendall(b"a" * LARGEST_HEAD)
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            said = ends(connection)
        assert said == b"" or b" 400 " in said


def test_who_takes_their_time_after_the_head_is_waited_for() -> None:
    with served() as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(WAIT_S)
        connection.sendall(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
        time.sleep(0.5)
        connection.sendall(b"b")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        time.sleep(0.5)  # between two requests another clock runs
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 200" in ends(connection)


def test_an_answer_that_nobody_reads_is_left_off_in_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with served() as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        end = time.monotonic() + WAIT_S
        while not caplog.records and time.monotonic() < end:
            time.sleep(0.02)
    [told] = caplog.records
    assert (told.name, told.levelname, told.exc_info) == ("loa.http", "WARNING", None)
    assert told.getMessage() == "127.0.0.1 reads nothing of its answer, and is cut off"
