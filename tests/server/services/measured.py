"""The numbers of a service that is well, to be changed."""

from datetime import UTC, datetime, timedelta

from media.stores.s3 import S3Location
from server.db.measuring import DatabaseFacts
from server.services.measures import Going, Measures, Room, Stored, Waiting
from server.services.stations_seen import Silence

# A store that nobody runs.
NOWHERE = S3Location(
    bucket="loa",
    prefix="",
    endpoint="http://127.0.0.1:9",
    region="us-east-1",
    access_key_id="a",
    secret_access_key="b",  # noqa: S106 (of no store)
)
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
NOTHING = Waiting()
ALL_SENT = Going(waiting=NOTHING, failing=0, given_up=0)
STORED = Stored(
    facts=DatabaseFacts(
        kind="postgresql",
        version="15.4",
        size=10**8,
        encoding="UTF8",
        collation="C",
        connections=20,
        most_connections=97,
        clock_offset=timedelta(milliseconds=3),
    ),
    workers=["a-1"],
    versions={"ready": 28},
    processing=NOTHING,
    troubled=0,
    refused=0,
    uploads={"complete": 28},
    unfinished=0,
    errands=NOTHING,
    recordings={"heard": 3},
    unheard=NOTHING,
    unjudged=NOTHING,
    unclosed=NOTHING,
    stations=Silence(stations=199, with_program=150, silent=0, troubled=0),
    letters=ALL_SENT,
    messages=ALL_SENT,
    backup_at=NOW - timedelta(hours=3),
)
MEASURES = Measures(
    at=NOW,
    stored=STORED,
    store_answers=True,
    home=Room(free=10**11, size=2 * 10**11),
    store=Room(free=10**12, size=2 * 10**12),
)


def waiting(count: int, **age: float) -> Waiting:
    return Waiting(count=count, oldest_at=NOW - timedelta(**age))
