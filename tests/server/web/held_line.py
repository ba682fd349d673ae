"""What lies between a browser and a server: it can be cut, and can hold what is sent where it is."""

import select
import socket
from contextlib import ExitStack, suppress
from threading import Lock, Thread

from tests.server.people import Person

_PIECE = 65_536


class Line:
    """To the server at `port`, which may come and go."""

    def __init__(self, port: int, person: Person) -> None:
        self.person = person
        self._upstream = port
        self._whole = self._listening = True
        self._most: int | None = None
        self._open: list[socket.socket] = []
        self._held: list[socket.socket] = []
        self._turn = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        with self._turn:
            self._whole = False
            for end in self._open:
                with suppress(OSError):  # whoever waits for it is told before it is closed
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            self._open.clear()

    def mend(self) -> None:
        self._whole = True

    def hold_after(self, most: int) -> None:
        """From now on each connection brings so many bytes to the server, and no more."""
        self._most = most

    def let_go(self) -> None:
        """All is brought again; connections that were held are cut."""
        with self._turn:
            self._most = None
            for end in self._held:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._held.clear()

    def close(self) -> None:
        self._listening = False
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while self._listening:
            with suppress(OSError), ExitStack() as ends:
                near = ends.enter_context(self._listener.accept()[0])
                with self._turn:
                    if self._whole:
                        far = ends.enter_context(socket.create_connection(("127.0.0.1", self._upstream)))
                        self._open += [near, far]
                        ends.pop_all()
                        Thread(target=self._bring, args=(near, far), daemon=True).start()
                        Thread(target=self._carry, args=(far, near), daemon=True).start()

    def _bring(self, near: socket.socket, far: socket.socket) -> None:
        brought = 0
        with suppress(OSError, ValueError):  # either end may be gone, or closed by now
            while piece := near.recv(_PIECE):
                far.sendall(piece)
                brought += len(piece)
                if self._holds(near, brought):
                    gone = select.poll()
                    gone.register(near, select.POLLRDHUP)
                    gone.poll()
                    break
        _end(near, far)

    def _holds(self, near: socket.socket, brought: int) -> bool:
        with self._turn:
            if self._most is None or brought < self._most:
                return False
            self._held.append(near)
            return True

    def _carry(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while piece := far.recv(_PIECE):
                near.sendall(piece)
        _end(far, near)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
