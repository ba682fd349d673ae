"""Where the homes of the tests keep their audio: a folder of their own, or a folder of a bucket that all of them share.

`pytest --store=s3` starts that store, once for all test processes. A home's folder in it is found by the home's path, so
whoever knows the home, a child process too, comes to the same one.
"""

import hashlib
import json
import os
from pathlib import Path

import obstore

from media.stores.s3 import S3Location, S3Store
from server.services.context import Context
from tests.s3_server import S3Server

# What of the server others need; of the name that the service takes for none of its settings.
SERVER = "LOA_TEST_S3"
_MARK = ".bucket"


def server() -> S3Server | None:
    told = os.environ.get(SERVER)
    return S3Server.of(json.loads(told)) if told else None


def location_of(home: Path) -> S3Location | None:
    """None: a folder of the home."""
    found = server()
    if found is None:
        return None
    home.parent.mkdir(parents=True, exist_ok=True)
    _mark(home).touch()
    return found.folder(_name(home))


def settings_of(home: Path) -> dict[str, str]:
    """What a command, or a service, has in its environment to work with that home's audio."""
    found = server()
    if found is None:
        return {}
    location = found.folder(_name(home))
    _mark(home).touch()
    return {
        "LOA_STORE_URL": f"s3://{location.bucket}/{location.prefix}?endpoint={location.endpoint}",
        **found.environment,
    }


def copy_store(source: Path, target: Path) -> None:
    found = server()
    if found is not None and _mark(source).exists():
        _mark(target).touch()
        found.copy(_name(source), _name(target))


def fill_store(folder: Path, home: Path) -> None:
    """With what lies in the folder of a store; read from the disk once for all homes."""
    found = server()
    if found is not None:
        found.fill(folder, folder.parent.name)
        found.copy(folder.parent.name, _name(home))


def spoil(context: Context, sha256: str) -> None:
    """One bit of what lies under the name is another."""
    store = context.store
    content = bytearray(b"".join(store.read(sha256)))
    content[100] ^= 1
    if isinstance(store, S3Store):
        obstore.put(store.asking, f"{sha256[:2]}/{sha256[2:4]}/{sha256}", bytes(content))
        return
    with store.local_path(sha256) as path:
        path.unlink()  # other homes share the file
        path.write_bytes(content)


def drop_stores(folder: Path) -> None:
    """Of all homes in the folder: a test's are of no use after it."""
    found = server()
    if found is not None:
        for mark in folder.rglob(f"*{_MARK}"):
            found.drop(_name(mark.with_name(mark.name.removesuffix(_MARK))))


def _mark(home: Path) -> Path:
    """Beside the home, which some commands are to find empty."""
    return home.with_name(home.name + _MARK)


def _name(home: Path) -> str:
    return f"h{hashlib.sha256(str(home.absolute()).encode()).hexdigest()[:24]}"
