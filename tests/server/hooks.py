"""A receiver of webhooks for tests, on the loopback: it keeps what it gets, and answers what it was told to."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Receiver:
    """`answers` are given in order, a status and perhaps a place to go on to, then 204 for ever.

    While `open` is not set, it lets everybody wait for an answer.
    """

    url: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    open: Event = field(default_factory=Event)


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.open.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, dict(self.headers), body))
            receiver.open.wait()
            status, location = receiver.answers.pop(0) if receiver.answers else (204, "")
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked was killed
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/loa?khoa=1"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.open.set()
        server.shutdown()
        thread.join()
        server.server_close()
