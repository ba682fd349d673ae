"""How many files and connections this process may have open at one time."""

import sys


def most_open_files() -> int | None:
    """None where the system sets no such limit, or has none that can be asked for."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft
