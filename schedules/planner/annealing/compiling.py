"""The compiler's two doors: functions compiled as part of what calls them, and the one that is kept on disk."""

import inspect
import pickle
import sys
import zlib
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

# nothing but the entry is called from outside: the wrappers for that take a good part of the compiler's time
_INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# without the interpreter's lock: stations are searched by several threads at once
_ENTRY: dict[str, Any] = {"no_cfunc_wrapper": True, "nogil": True}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compiled when a compiled caller is, into that one's code. Callable from compiled code only."""
    return cast("Callable[P, R]", njit(**_INNER)(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """The same, written out at each call: for one line, or for a part of a function that is called once.

    The compiler translates a function anew in each that calls it, so depth costs more of its time than length.
    """
    return cast("Callable[P, R]", njit(inline="always", **_INNER)(function))


def entry(signature: str, make: Callable[[int], Callable[P, R]]) -> Callable[P, R]:
    """What `make` gives, compiled for the signature, and kept on disk for the next process where that can be written.

    The compiler finds a kept entry by the text of the function's own file, its bytecode and what it closes over, and
    does not see that a function which it calls has changed in another file. So `make` is given a checksum of all
    modules of its package, and the function that it makes must close over it.
    """
    version = package_version(make.__module__.rpartition(".")[0])
    try:
        # without the text of its code nothing tells what is kept from what is new
        if version is not None:
            return _compiled_entry(signature, make(version), cache=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError):
        pass  # no folder to keep it in, no room there, or what was kept is damaged
    return _compiled_entry(signature, make(0), cache=False)


def _compiled_entry(signature: str, function: Callable[P, R], *, cache: bool) -> Callable[P, R]:
    return cast("Callable[P, R]", njit(signature, cache=cache, **_ENTRY)(function))


def package_version(package: str) -> int | None:
    """A checksum of the text of a package's modules that are imported, None where the text is not there."""
    modules = sorted(name for name in sys.modules if name.startswith(f"{package}."))
    try:
        return checksum(inspect.getsource(sys.modules[name]) for name in modules)
    except (OSError, TypeError):
        return None


def checksum(texts: Iterable[str]) -> int:
    value = 0
    for text in texts:
        value = zlib.crc32(f"{len(text)}:{text}".encode(), value)
    return value
