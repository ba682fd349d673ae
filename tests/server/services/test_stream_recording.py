"""A station's stream, served on the loopback, becomes a recording of its air."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from server.services.recording_refusals import StreamUnreadable
from server.services.refusals import BadField
from server.services.stream_recording import listen
from tests.server import air
from tests.server.worlds import World


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its own name)
        pass


@pytest.fixture
def stream() -> Iterator[str]:
    """The address of a folder of spoken sounds."""
    folder = str(air.sound_of(air.STRANGER).parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def unheard(_: float) -> None:
    pass


def test_a_stream_is_recorded_for_as_long_as_asked(published: World, stream: str) -> None:
    address = f"{stream}/{air.STRANGER}.opus".replace("http:", "icecast:")
    view = listen(published.context, "h654", address, timedelta(seconds=20), progress=unheard)
    assert view.state == "heard"
    assert view.length_ms is not None
    assert abs(view.length_ms - 20_000) < 200
    assert view.claimed_at == published.now
    assert list(published.context.incoming.iterdir()) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b", "http://", "http://a b/", "concat:a|b", "-i"])
def test_what_is_no_stream_is_not_opened(published: World, url: str) -> None:
    with pytest.raises(BadField):
        listen(published.context, "h654", url, timedelta(seconds=20), progress=unheard)


def test_a_stream_that_is_not_there_is_refused_and_leaves_nothing(published: World, stream: str) -> None:
    with pytest.raises(StreamUnreadable):
        listen(published.context, "h654", f"{stream}/khong-co", timedelta(seconds=20), progress=unheard)
    assert list(published.context.incoming.iterdir()) == []
