"""`/metrics` for Prometheus: this process's own figures, and those of all processes together, from the database.

Who shows `LOA_METRICS_TOKEN` may read it, and administrators. Not whoever comes from this machine: behind a proxy on it
everybody does. Not a key from the database: the figures are wanted most while that does not answer.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from server.api.gate import needs
from server.services.measures import Measures, Stored, Waiting
from server.services.rights import Right

ADDRESS = "/metrics"


@get(ADDRESS, include_in_schema=False, opt=needs(Right.METRICS_READ, "everywhere", scraped=True))
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Within seconds, whatever answers or does not."""
    own = request.app.metrics  # type: ignore[attr-defined]  # the service that was asked, see server.app
    return Response(
        generate_latest(own.registry) + told(await request.app.state.measured.soon()),
        headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
    )


def told(measures: Measures) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Told(measures))
    return generate_latest(registry)


class _Told(Collector):
    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._measures
        yield _one("loa_database_up", "1 while the database answers", found.stored is not None)
        if found.store_answers is not None:
            yield _one("loa_store_up", "1 while the store of sounds answers", found.store_answers)
        disks = {"home": found.home, "store": found.store}
        rooms = {name: room for name, room in disks.items() if room is not None}
        yield _by("loa_disk_free_bytes", "Room left", "disk", {name: room.free for name, room in rooms.items()})
        yield _by("loa_disk_size_bytes", "Room there is", "disk", {name: room.size for name, room in rooms.items()})
        if found.stored is not None:
            yield from _database(found.stored)
            yield from _work(found.stored, found.at)


def _database(found: Stored) -> Iterator[GaugeMetricFamily]:
    facts = found.facts
    yield _one("loa_database_size_bytes", "What the database takes", facts.size)
    if facts.connections is not None and facts.most_connections is not None:
        yield _one("loa_database_connections", "Connections to the server, of all programs", facts.connections)
        yield _one("loa_database_connections_most", "Connections that it allows", facts.most_connections)
    if facts.clock_offset is not None:
        seconds = facts.clock_offset.total_seconds()
        yield _one("loa_database_clock_offset_seconds", "How far its clock is ahead of this machine's", seconds)


def _work(found: Stored, at: datetime) -> Iterator[GaugeMetricFamily]:
    yield _one("loa_workers", "Processes that work off jobs", len(found.workers))
    yield _by("loa_segment_versions", "Recordings of segments by their state", "state", found.versions)
    yield from _waiting(
        "loa_segment_versions_waiting", "Recordings on their way to their verdict", found.processing, at
    )
    yield _one("loa_segment_versions_troubled", "Of those, that met trouble of the machine", found.troubled)
    yield _one("loa_segment_versions_refused", "Refused by their checks within a day", found.refused)
    yield _by("loa_uploads", "Uploads by their state", "state", found.uploads)
    yield _one("loa_uploads_unfinished", "Uploads that ran out of time within a day", found.unfinished)
    yield from _waiting("loa_errands_waiting", "What somebody asked for and is being done", found.errands, at)
    yield _by("loa_recordings", "Recordings of the air by their state", "state", found.recordings)
    yield from _waiting(
        "loa_recordings_waiting", "Recordings of the air that nobody listened to yet", found.unheard, at
    )
    yield from _waiting("loa_heard_unjudged", "What was heard and waits for somebody's word", found.unjudged, at)
    yield from _waiting("loa_entries_unclosed", "Entries of past months that no closing judged", found.unclosed, at)
    seen = found.stations
    yield _one("loa_stations", "Stations there are today", seen.stations)
    yield _one("loa_stations_with_program", "Stations whose program ever checked in", seen.with_program)
    yield _one("loa_stations_silent", "Of those, silent for 24 hours", seen.silent)
    yield _one("loa_stations_troubled", "Of those, that told of trouble", seen.troubled)
    for name, words, going in (("letters", "Letters", found.letters), ("messages", "Webhook messages", found.messages)):
        yield from _waiting(f"loa_{name}_waiting", f"{words} that wait to be sent", going.waiting, at)
        yield _one(f"loa_{name}_failing", "Of those, that failed at least once", going.failing)
        yield _one(f"loa_{name}_given_up", f"{words} given up within a fortnight", going.given_up)
    made_at = found.backup_at.timestamp() if found.backup_at is not None else 0
    yield _one("loa_last_backup_timestamp_seconds", "When the last backup was made; 0: never", made_at)


def _waiting(name: str, meaning: str, waiting: Waiting, at: datetime) -> Iterator[GaugeMetricFamily]:
    age_s = max(0.0, (at - waiting.oldest_at).total_seconds()) if waiting.oldest_at is not None else 0.0
    yield _one(name, meaning, waiting.count)
    yield _one(f"{name}_oldest_seconds", f"Age of the oldest: {meaning}", age_s)


def _one(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=float(value))


def _by(name: str, meaning: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for each, value in sorted(values.items()):
        family.add_metric([each], value)
    return family
