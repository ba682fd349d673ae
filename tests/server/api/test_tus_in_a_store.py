"""Uploads to a service whose S3 store fails in the middle: the sender is told when to come back, and goes on where it was."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from tests.s3_faults import TroubledLine, troubled_line
from tests.s3_server import S3Server
from tests.server.api.conftest import Client, client_of
from tests.server.api.test_tus import SAID, append, ask, begun, sum_of
from tests.server.databases import open_context
from tests.server.homes import copy_home
from tests.server.sounds import wav
from tests.server.uploaded import kept_bytes
from tests.server.worlds import BEFORE, World


@pytest.fixture
def line(s3_server: S3Server) -> Iterator[TroubledLine]:
    with troubled_line(str(s3_server.location.endpoint)) as found:
        yield found


@pytest.fixture
def sender(sounding_home: World, s3_server: S3Server, line: TroubledLine, tmp_path: Path) -> Iterator[Client]:
    context = open_context(
        home=copy_home(sounding_home.context.home, tmp_path / "home"),
        s3=replace(s3_server.folder(), endpoint=line.endpoint),
        clock=lambda: BEFORE,
    )
    with client_of(context) as client:
        yield client
    context.close()


def test_a_store_that_fails_refuses_for_a_while_and_the_sender_goes_on(
    sender: Client, line: TroubledLine, tmp_path: Path
) -> None:
    content = wav(tmp_path / "a.wav").read_bytes()
    upload = begun(sender, len(content), SAID)
    assert append(sender, upload, content[:300_000]).status_code == 204
    line.make("errors")
    refused = append(sender, upload, content[300_000:600_000], offset=300_000)
    assert (refused.status_code, refused.json()["code"]) == (503, "store.unreachable")
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["tus-resumable"] == "1.0.0"
    # Where it is needs no store.
    assert ask(sender, upload).headers["upload-offset"] == "300000"
    line.make("none")
    sums = sum_of(content[300_000:600_000])
    assert append(sender, upload, content[300_000:600_000], offset=300_000, **sums).status_code == 204
    last = append(sender, upload, content[600_000:], offset=600_000)
    assert last.status_code == 204
    segment = sender.get(f"/api/v1/segments/{last.headers['loa-segment']}").json()
    assert segment["state"] == "submitted"


def test_pages_are_answered_while_a_store_says_nothing_to_all_who_send(sender: Client, line: TroubledLine) -> None:
    uploads = [begun(sender, 10) for _ in range(14)]
    line.make("silent")
    answers: list[int] = []
    threads = [
        Thread(target=lambda each=each: answers.append(append(sender, each, b"123").status_code)) for each in uploads
    ]
    for thread in threads:
        thread.start()
    while line.under_way < 8:
        assert answers == []
    assert sender.get("/api/v1/segments").status_code == 200
    assert answers == []
    line.make("none")
    for thread in threads:
        thread.join()
    assert set(answers) == {204}


def test_a_line_that_is_cut_while_the_store_answers_counts_no_byte_twice(sender: Client, line: TroubledLine) -> None:
    upload = begun(sender, 10)
    assert append(sender, upload, b"123").status_code == 204
    line.make("cut")
    assert append(sender, upload, b"456", offset=3).status_code == 503
    line.make("none")
    assert ask(sender, upload).headers["upload-offset"] == "3"
    assert append(sender, upload, b"456", offset=3).status_code == 204
    context = sender.app.state.context
    assert kept_bytes(context, upload.rpartition("/")[2]) == b"123456"
    assert sender.delete(upload, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert list(context.arrivals.pieces.entries()) != []  # of the answer that was lost: it goes in a later round
