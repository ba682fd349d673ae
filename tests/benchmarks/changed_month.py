"""What a station's line carries when one segment of a month is replaced: `loa station sync`, counted on the wire."""

import tempfile
from pathlib import Path

from server.services.plans import make_plan, publish_plan
from server.services.pushing import push_version
from tests.benchmarks.real_bytes import give_bytes
from tests.server.services.test_pushing import replace_recording
from tests.server.serving import served
from tests.server.station.bad_line import bad_line
from tests.server.station.stations import Station
from tests.server.worlds import MONTH, World, build_world

BESIDES = 20_000  # bytes: what is said besides the sound itself
SEGMENTS, AN_HOUR_MS = 60, 3_600_000


def run() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        world = build_world(Path(folder, "home"), segments=0, minimum_ms=AN_HOUR_MS)
        for number in range(1, SEGMENTS + 1):
            world.add_segment(f"b{number:04d}", title=f"Hỏi đáp số {number}: một cửa điện tử", seconds=120 + number)
        give_bytes(world.context)
        make_plan(world.context, MONTH)
        publish_plan(world.context, MONTH)
        with served(world.context) as address, bad_line(address) as line:
            station = Station.of(world, line.address, Path(folder, "station"))
            first = station.run()
            assert (first.lacking, first.trouble) == ([], None)
            slots = len(station.manifest.slots)
            size = _replaced(world, station)
            before = line.up + line.down
            again = station.run()
            carried = line.up + line.down - before
            assert (again.fetched, again.lacking, again.trouble) == (1, [], None)
            station.close()
        world.context.close()
    return [
        {
            "name": f"one segment of {size / 1e6:.2f} MB replaced in a month of {slots} slots: {(carried - size) / 1000:.1f} kB"
            " besides; all that is carried, less 20 kB, to its size",
            "value": round((carried - BESIDES) / size, 4),
            "unit": "times",
            "limit": 1.05,
            "sense": "at most",
        }
    ]


def _replaced(world: World, station: Station) -> int:
    """A segment of the plan; the size of its new recording."""
    code = next(sound.segment for slot in station.manifest.slots for sound in slot.sounds if sound.segment)
    replace_recording(world, code)
    (size,) = give_bytes(world.context).values()
    push_version(world.context, code, reason="Sửa số điện thoại")
    return size
