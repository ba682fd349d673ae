"""`loa recordings`: a recording of the air is sent and looked at from the machine itself."""

import json
from datetime import datetime
from pathlib import Path

from schedules.months import Month
from server.services.local_time import ZONE
from tests.server import air
from tests.server.cli.command import did, loa
from tests.server.worlds import build_world


def test_a_recording_is_sent_listed_and_shown(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build_world(home, now=datetime.now(ZONE), column=False).context.close()
    sent = json.loads(did(home, "recordings", "send", "h654", str(air.sound_of(air.STRANGER)), "--json"))
    assert sent["state"] == "heard"
    month = str(Month.of(datetime.fromisoformat(sent["sent_at"])))
    assert f"{air.STRANGER}.opus" in did(home, "recordings", "list", "h654", month)
    shown = json.loads(did(home, "recordings", "show", "h654", str(sent["id"]), "--json"))
    assert shown == sent


def test_what_is_no_sound_is_refused_in_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build_world(home, now=datetime.now(ZONE), column=False).context.close()
    garbage = tmp_path / "rac.mp3"
    garbage.write_bytes(b"rac " * 1000)
    done = loa(home, "recordings", "send", "h654", str(garbage))
    assert done.returncode == 2
    assert done.stderr.startswith("Lỗi: ")
    missing = loa(home, "listen", "file:///etc/passwd", "--station", "h654")
    assert missing.returncode == 2
