"""A real S3 server over HTTP on a free port of this machine, which demands signatures and knows one key."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import boto3
import httpx

from media.stores.s3 import S3Location
from tests.ports import own_port

# One request at a time, read whole before and answered whole afterwards: moto itself closes a file that another of its
# threads still reads when both get the same key. Lines have threads of their own: clients keep some that say nothing.
# Whole folders of the bucket are filled, copied and dropped in one request, and copies share their bytes.
_SERVE = """
import io, sys, threading
from pathlib import Path
from urllib.parse import parse_qs
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple
app = DomainDispatcherApplication(create_backend_app)
def folders(environ, start):
    what = environ["PATH_INFO"].removeprefix("/loa-test/")
    if what not in {"fill", "copy", "drop"}:
        return app(environ, start)
    said = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    keys = backend.buckets["audio"].keys
    of = lambda folder: [name for name in list(keys.keys()) if name.startswith(folder + "/")]
    if what == "fill" and not of(said["to"]):
        root = Path(said["from"])
        for path in root.rglob("*"):
            if path.is_file():
                backend.put_object("audio", said["to"] + "/" + str(path.relative_to(root)), path.read_bytes())
    if what == "copy":
        for name in of(said["from"]):
            made = object.__new__(type(keys[name]))
            made.__dict__.update(keys[name].__dict__)
            made.name = said["to"] + name[len(said["from"]):]
            made.dispose = keys[name].dispose = lambda *_, **__: None
            keys.setlist(made.name, [made])
    if what == "drop":
        for name in of(said["from"]):
            keys.pop(name)
    start("200 OK", [("Content-Length", "0")])
    return [b""]
turn = threading.Lock()
def one_at_a_time(environ, start):
    given, whole = environ["wsgi.input"], environ.get("wsgi.input_terminated")
    environ["wsgi.input"] = io.BytesIO(given.read() if whole else given.read(int(environ.get("CONTENT_LENGTH") or 0)))
    with turn:
        answer = folders(environ, start)
        try:
            return [b"".join(answer)]
        finally:
            getattr(answer, "close", lambda: None)()
run_simple("127.0.0.1", int(sys.argv[1]), one_at_a_time, threaded=True, request_handler=MotoRequestHandler)
"""
_REGION = "us-east-1"
_BUCKET = "audio"


class ServerFailed(AssertionError):
    """What the server said is the message."""


@dataclass(frozen=True, kw_only=True)
class S3Server:
    """`location` is the bucket's root; the process ends with the context that started it."""

    location: S3Location
    environment: dict[str, str]

    @classmethod
    def of(cls, told: Mapping[str, str]) -> Self:
        """What `told` says, in another process."""
        location = S3Location(**told)
        return cls(location=location, environment=_environment(location))

    def told(self) -> dict[str, str]:
        return {
            "bucket": self.location.bucket,
            "endpoint": self.location.endpoint or "",
            "region": self.location.region,
            "access_key_id": self.location.access_key_id,
            "secret_access_key": self.location.secret_access_key,
        }

    def folder(self, name: str | None = None) -> S3Location:
        """A part of the bucket; without a name one that nobody else uses."""
        return replace(self.location, prefix=f"test/{name or uuid4().hex}")

    def fill(self, source: Path, name: str) -> None:
        """The folder of that name with all files of a folder of this machine, where it has none yet."""
        self._do("fill", {"from": str(source), "to": f"test/{name}"})

    def copy(self, source: str, target: str) -> None:
        self._do("copy", {"from": f"test/{source}", "to": f"test/{target}"})

    def drop(self, name: str) -> None:
        self._do("drop", {"from": f"test/{name}"})

    def _do(self, what: str, said: dict[str, str]) -> None:
        httpx.get(f"{self.location.endpoint}/loa-test/{what}", params=said, timeout=120).raise_for_status()

    def client(self) -> Any:
        """Another's client of the same bucket, to look at it and to meddle with it."""
        return _boto("s3", self.location)


@contextmanager
def running_s3_server(folder: Path) -> Iterator[S3Server]:
    port = own_port()
    endpoint = f"http://127.0.0.1:{port}"
    said = folder / "moto.txt"
    with said.open("wb") as sink:
        process = subprocess.Popen(
            # A test process that is killed takes its server along.
            ["setpriv", "--pdeathsig=KILL", sys.executable, "-c", _SERVE, str(port)],
            cwd=folder,
            # What comes before the count is over needs no signature: the key has to be made by somebody.
            env=os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": "1000000", "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    try:
        _wait_for(endpoint, process, said)
        nobody = {"access_key_id": "x", "secret_access_key": "x"}
        stranger = S3Location(bucket=_BUCKET, endpoint=endpoint, region=_REGION, **nobody)
        key = _make_key(stranger)
        _boto("s3", stranger).create_bucket(Bucket=_BUCKET)
        _post(f"{endpoint}/moto-api/reset-auth", b"0")
        location = replace(stranger, access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])
        yield S3Server(location=location, environment=_environment(location))
    finally:
        process.terminate()
        process.wait()


def _environment(location: S3Location) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": location.access_key_id, "AWS_SECRET_ACCESS_KEY": location.secret_access_key}


def _make_key(location: S3Location) -> dict[str, str]:
    iam = _boto("iam", location)
    iam.create_user(UserName="loa")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="loa", PolicyName="store", PolicyDocument=json.dumps(everything))
    key: dict[str, str] = iam.create_access_key(UserName="loa")["AccessKey"]
    return key


def _boto(service: str, location: S3Location) -> Any:
    return boto3.client(
        service,
        endpoint_url=location.endpoint,
        region_name=location.region,
        aws_access_key_id=location.access_key_id,
        aws_secret_access_key=location.secret_access_key,
    )


def _wait_for(endpoint: str, process: "subprocess.Popen[bytes]", said: Path) -> None:
    while True:
        if process.poll() is not None:
            raise ServerFailed(said.read_text())
        try:
            httpx.get(f"{endpoint}/moto-api/data.json", timeout=10)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return


def _post(url: str, body: bytes) -> None:
    httpx.post(url, content=body, headers={"Content-Type": "text/plain"}, timeout=120).raise_for_status()
