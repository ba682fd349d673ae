"""A real S3 server over HTTP on a free port of this machine, which demands signatures and knows one key."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx

from media.stores.s3 import S3Location

# One request at a time: moto itself closes a file that another of its threads still reads when both get the same key.
_SERVE = """
import sys
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple
app = DomainDispatcherApplication(create_backend_app)
run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=False, request_handler=MotoRequestHandler)
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

    def folder(self) -> S3Location:
        """A part of the bucket that nobody else uses."""
        return replace(self.location, prefix=f"test/{uuid4().hex}")

    def client(self) -> Any:
        """Another's client of the same bucket, to look at it and to meddle with it."""
        return _boto("s3", self.location)


@contextmanager
def running_s3_server(folder: Path) -> Iterator[S3Server]:
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    said = folder / "moto.txt"
    with said.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(port)],
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
        yield S3Server(
            location=location,
            environment={
                "AWS_ACCESS_KEY_ID": location.access_key_id,
                "AWS_SECRET_ACCESS_KEY": location.secret_access_key,
            },
        )
    finally:
        process.terminate()
        process.wait()


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
    httpx.post(url, content=body, headers={"Content-Type": "text/plain"}, timeout=10).raise_for_status()
