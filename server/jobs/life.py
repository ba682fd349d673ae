"""The names of processes that work off jobs: held as long as each lives, so the others know at once when one died."""

from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING

from server.services.claims import claimed
from server.services.context import Context

if TYPE_CHECKING:
    from server.db.server_locks import ServerLock


def living(context: Context, executor: str) -> AbstractContextManager[bool]:
    """Held by this caller meanwhile; False where the process of that name lives."""
    return claimed(context, _name(executor))


class Life:
    """Of this process. `hold` is to be called again and again: a server that is started anew has forgotten it."""

    def __init__(self, context: Context, executor: str) -> None:
        self._context, self._executor = context, executor
        self._file = ExitStack()
        self._is_held = False
        self._lock: ServerLock | None = None

    def hold(self) -> None:
        """Raises psycopg.OperationalError where the server does not answer."""
        if self._context.database.kind == "sqlite":
            if not self._is_held:
                self._is_held = self._file.enter_context(living(self._context, self._executor))
            return
        from server.db.server_locks import ServerLock

        if self._lock is not None and self._is_held and self._lock.is_there():
            return
        self.end()
        self._lock = ServerLock(self._context.database.place, f"claim {_name(self._executor)}")
        # Somebody who has just looked whether it is free lets go at once: the next time it is had.
        self._is_held = self._lock.take(waits=False)

    def end(self) -> None:
        self._is_held = False
        self._file.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _name(executor: str) -> str:
    return f"worker-{executor}"
