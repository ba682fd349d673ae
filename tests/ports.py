"""Ports of the loopback for servers that are told theirs."""

import socket


def own_port() -> int:
    """Nobody else is given it as long as this test process lives: not before its server listens, nor while that is dead.

    A port that is merely free goes to the next connection of anybody. The server has to set SO_REUSEADDR, as all do.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    held.detach()
    return port
