"""Requests whose answer takes as long as the work behind it: they wait beside the others, never in their way.

All other requests share a few threads; a wait of minutes in one of those would be everybody's.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from server.api.manners import lasting

P = ParamSpec("P")
T = TypeVar("T")

# Who comes after these waits for one of them, and for nobody else. A waiting thread costs some kilobytes.
_AT_ONCE = 64
_WAITERS = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="loa-patient")


async def patiently(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of work that may take minutes, in a thread of its own kind and in the language of the request.

    Raises RequestRefused where too many wait like that.
    """
    lasting()
    call = partial(contextvars.copy_context().run, work, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_WAITERS, call)
