"""A line to a server that can fall silent: it takes what is sent and passes nothing on, as a firewall that forgot it does."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition, Thread


class SilentLine:
    """A port of the loopback before a server's socket in the file system."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._changed = Condition()
        self._silent = False
        self._dead: set[socket.socket] = set()
        self._lines: set[socket.socket] = set()
        Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        with self._changed:
            self._silent = True

    def come_back(self) -> None:
        """What was sent meanwhile arrives."""
        with self._changed:
            self._silent = False
            self._changed.notify_all()

    def forget_lines(self) -> None:
        """Those that are open stay silent for ever; new ones are as they should be."""
        with self._changed:
            self._dead |= self._lines

    def close(self) -> None:
        self._listener.close()
        self.come_back()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            with self._changed:
                self._lines |= {client, server}
            for source, target in ((client, server), (server, client)):
                Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                with self._changed:
                    self._changed.wait_for(lambda: not self._silent)
                    if source in self._dead:
                        continue
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        with self._changed:
            self._lines.discard(source)
        source.close()


@contextmanager
def silent_line(server: Path) -> Iterator[SilentLine]:
    line = SilentLine(server)
    try:
        yield line
    finally:
        line.close()
