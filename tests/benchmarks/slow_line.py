"""On a phone with slow 3G: from the link of a station's today to the sound of its next slot, in Chromium."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from server.services.plans import make_plan, publish_plan
from tests.server.people import add_person
from tests.server.serving import served
from tests.server.web.slow_lines import add_light_copies, before_a_slot, open_phone, seconds_to_sound
from tests.server.worlds import MONTH, build_world

ROUNDS = 3


def run() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        world = build_world(Path(folder, "home"), tone=True)
        make_plan(world.context, MONTH)
        publish_plan(world.context, MONTH)
        before_a_slot(world)
        add_light_copies(world, opening_s=10, item_s=180)
        officer = add_person(world.context, "can-bo", ["operator"], unit_id=world.keys["654"])
        # As root, as in containers, Chromium starts only without its sandbox.
        with served(world.context) as site, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            slowest = max(seconds_to_sound(open_phone(chromium, site, officer)) for _ in range(ROUNDS))
            chromium.close()
        world.context.close()
    return [
        {
            "name": "slow 3G: from the link to the sound of the next slot",
            "value": slowest,
            "unit": "s",
            "limit": 10,
            "sense": "at most",
        }
    ]
