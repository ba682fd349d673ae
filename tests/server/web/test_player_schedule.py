"""What the player in the browser reckons from a manifest, run by Node: what plays when, what to fetch, what to remove."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import server
from schedules.air_now import air_at, laid_out
from schedules.manifest import (
    Copy,
    Emergency,
    File,
    Manifest,
    MonthInForce,
    RecalledSegment,
    SlotToPlay,
    SoundToPlay,
    changes_between,
    digest_of,
    files_of,
    with_changes,
)
from tests.server.worlds import local

MODULE = Path(server.__file__).parent / "web/scripts/player/schedule.js"
NODE = shutil.which("node", path=str(Path(sys.executable).parent))
# Values go in and out as JSON; sets and maps of the module are named in what is asked.
RUNNER = f"""
import * as schedule from {json.dumps(MODULE.as_uri())};
import {{ readFileSync }} from "node:fs";
const asked = JSON.parse(readFileSync(0, "utf8"));
const plain = (value) => value instanceof Map ? [...value] : value instanceof Set ? [...value] : value;
process.stdout.write(JSON.stringify(asked.map(({{ work, facts }}) => plain(new Function("schedule", "facts", `return ${{work}}`)(schedule, facts)) ?? null)));
"""
SECOND = timedelta(seconds=1)


def in_node(*asked: tuple[str, dict[str, Any]]) -> list[Any]:
    """The values of these expressions over `schedule` (the module) and `facts`."""
    assert NODE is not None
    given_to_it = msgspec.json.encode([{"work": work, "facts": facts} for work, facts in asked])
    ran = subprocess.run(
        [NODE, "--input-type=module", "-e", RUNNER], input=given_to_it, capture_output=True, check=True
    )
    found: list[Any] = json.loads(ran.stdout)
    return found


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def slot(start: str, *names: str, relayed_from: str | None = None, seconds: int = 60) -> SlotToPlay:
    """Each sound as long as that, one after the other."""
    starts = local(start)
    return SlotToPlay(
        key=f"h654.{starts:%Y%m%dT%H%M}",
        column="Tuyên truyền CCHC",
        starts_at=starts,
        length_ms=len(names) * seconds * 1000,
        relayed_from=relayed_from,
        sounds=tuple(
            SoundToPlay(
                kind="segment",
                title=f"Bài «{name}»",
                start_ms=number * seconds * 1000,
                duration_ms=seconds * 1000,
                sha256=sha(name),
                segment=name,
            )
            for number, name in enumerate(names)
        ),
    )


def file(name: str) -> File:
    kinds = {"broadcast": ("", "mp3"), "light_opus": (" opus", "opus"), "light_mp3": (" light", "mp3")}
    return File(
        sha256=sha(name),
        copies=tuple(
            Copy(
                kind=kind, sha256=sha(name + more), size=1000, media_type="audio/mpeg", path=f"/{kind}/{name}.{ending}"
            )
            for kind, (more, ending) in kinds.items()
        ),
    )


def manifest(*slots: SlotToPlay, version: str = "1", **facts: Any) -> Manifest:
    made = Manifest(
        station="h654",
        station_name="Đài Krông Pắc",
        timezone="Asia/Ho_Chi_Minh",
        version=version,
        months=(MonthInForce(month="2026-12", revision=1),),
        sessions=(),
        slots=slots,
        files=(),
        **facts,
    )
    titles = {sound.sha256: sound.segment or "" for each in slots for sound in each.sounds}
    titles |= {each.sha256: each.segment for each in made.emergencies}
    return msgspec.structs.replace(made, files=tuple(file(titles[each]) for each in sorted(files_of(made))))


def recall(*names: str) -> RecalledSegment:
    return RecalledSegment(
        number=1,
        kind="withdrawn",
        segment=names[0],
        title=names[0],
        reason="Số liệu sai",
        recalled_at=local("2026-12-01 08:00"),
        files=tuple(sha(name) for name in names),
    )


def call(number: int, name: str, *, approved: str, until: str) -> Emergency:
    return Emergency(
        number=number,
        segment=name,
        title=name,
        approved_at=local(approved),
        until=local(until),
        duration_ms=30_000,
        sha256=sha(name),
    )


def on_air(at: Manifest, *moments: datetime, given: str = "{}") -> list[tuple[str, int] | None]:
    """The segment that is to sound at each moment, and how many seconds into it."""
    work = f"schedule.onAir(schedule.airingsOf(facts.manifest), facts.now, {given})"
    found = in_node(*((work, {"manifest": at, "now": ms(moment)}) for moment in moments))
    return [(each["airing"]["segment"], each["offset"] // 1000) if each else None for each in found]


def test_a_sound_is_on_air_from_its_start_on_and_whoever_is_late_enters_it_in_the_middle() -> None:
    told = manifest(slot("2026-12-08 17:15", "a", "b"))
    start = local("2026-12-08 17:15")
    moments = [
        start - SECOND,
        start,
        start + 20 * SECOND,
        start + 60 * SECOND,
        start + 119 * SECOND,
        start + 120 * SECOND,
    ]
    assert on_air(told, *moments) == [None, ("a", 0), ("a", 20), ("b", 0), ("b", 59), None]


def test_who_is_late_by_a_few_seconds_begins_at_the_beginning_but_not_a_second_time() -> None:
    told = manifest(slot("2026-12-08 17:15", "a"))
    late = local("2026-12-08 17:15") + 4 * SECOND
    assert on_air(told, late, late + 2 * SECOND) == [("a", 0), ("a", 6)]
    assert on_air(told, late, given="{ begun: () => true }") == [("a", 4)]


def test_what_sounds_may_end_a_little_late_and_what_follows_waits_for_it() -> None:
    told = manifest(slot("2026-12-08 17:15", "a", "b"))
    over = local("2026-12-08 17:16") + 2 * SECOND
    playing = "{ playing: schedule.airingsOf(facts.manifest)[0].id }"
    assert on_air(told, over, over + 4 * SECOND, given=playing) == [("a", 62), ("b", 6)]
    done = "{ over: new Set([schedule.airingsOf(facts.manifest)[0].id]) }"
    assert on_air(told, over, given=done) == [("b", 0)]


@pytest.mark.parametrize("start", ["2026-12-31 23:59", "2026-11-30 23:59", "2027-02-28 23:59", "2026-12-08 06:59"])
def test_midnight_and_the_end_of_a_month_cut_nothing(start: str) -> None:
    told = manifest(slot(start, "a", "b"))
    begins = local(start)
    assert on_air(told, begins + 59 * SECOND, begins + 60 * SECOND, begins + 90 * SECOND) == [
        ("a", 59),
        ("b", 0),
        ("b", 30),
    ]


def test_what_is_recalled_is_never_on_air_and_what_is_lacking_leaves_its_time_silent() -> None:
    start = local("2026-12-08 17:15")
    told = manifest(slot("2026-12-08 17:15", "a", "b"), recalls=(recall("a", "a opus"),))
    assert on_air(told, start, start + 61 * SECOND) == [None, ("b", 0)]
    lacking = manifest(slot("2026-12-08 17:15", "a", "b"))
    assert on_air(lacking, start + 10 * SECOND, given=f"{{ has: (each) => each !== '{sha('a')}' }}") == [None]


def test_what_another_station_relays_is_played_only_where_somebody_chose_to_stand_in() -> None:
    told = manifest(slot("2026-12-08 17:15", "a", relayed_from="h652"))
    inside = local("2026-12-08 17:15") + 10 * SECOND
    assert on_air(told, inside) == [None]
    assert on_air(told, inside, given="{ standIn: true }") == [("a", 10)]


def test_segments_whose_time_went_by_are_told_once() -> None:
    told = manifest(slot("2026-12-08 17:15", "a", "b"), slot("2026-12-08 17:30", "c", relayed_from="h652"))
    start = local("2026-12-08 17:15")
    work = (
        "schedule.overBetween(schedule.airingsOf(facts.manifest), facts.since, facts.until).map((each) => each.segment)"
    )
    edges = [start, start + 60 * SECOND, start + 61 * SECOND, start + 3600 * SECOND]
    spans = [{"manifest": told, "since": ms(a), "until": ms(b)} for a, b in pairwise(edges)]
    assert in_node(*((work, each) for each in spans)) == [[], ["a"], ["b"]]


def test_an_emergency_is_due_until_its_end_unless_it_was_spoken_or_recalled() -> None:
    calls = (
        call(2, "e2", approved="2026-12-08 09:00", until="2026-12-09 09:00"),
        call(1, "e1", approved="2026-12-08 08:00", until="2026-12-08 12:00"),
    )
    work = "schedule.emergencyDue(facts.manifest, facts.now, { over: new Set(facts.over) })?.number"
    told = manifest(emergencies=calls)
    at = ms(local("2026-12-08 10:00"))
    asked: list[dict[str, Any]] = [
        {"manifest": told, "now": at, "over": []},
        {"manifest": told, "now": at, "over": [1]},
        {"manifest": told, "now": ms(local("2026-12-08 12:00")), "over": []},
        {"manifest": told, "now": at, "over": [1, 2]},
        {"manifest": manifest(emergencies=calls, recalls=(recall("e1"),)), "now": at, "over": []},
    ]
    assert in_node(*((work, each) for each in asked)) == [1, 2, 2, None, 2]


def test_files_are_fetched_for_seven_days_what_is_urgent_first_and_light() -> None:
    told = manifest(
        slot("2026-12-08 17:15", "a", "b"),
        slot("2026-12-09 05:00", "b", "c"),
        slot("2026-12-15 17:15", "d"),
        slot("2026-12-15 17:17", "e"),
        emergencies=(call(1, "u", approved="2026-12-08 08:00", until="2026-12-09 08:00"),),
    )
    facts = {"manifest": told, "now": ms(local("2026-12-08 17:16"))}
    work = "schedule.filesNeeded(facts.manifest, facts.now).map((file) => schedule.copyOf(file, {}).path)"
    assert in_node(
        (work, facts),
        (work.replace("{}", "{ light: true, opus: true }"), facts),
    ) == [
        ["/light_mp3/u.mp3", *(f"/broadcast/{name}.mp3" for name in "abcd")],
        [f"/light_opus/{name}.opus" for name in "uabcd"],
    ]


def test_what_nothing_names_any_more_and_what_was_recalled_is_left_over() -> None:
    told = manifest(slot("2026-12-08 17:15", "a", "b"), recalls=(recall("b", "b opus"),))
    stored = [sha(name) for name in ("a", "a opus", "b opus", "x")]
    facts = {"manifest": told, "stored": stored}
    left, held = in_node(
        ("schedule.leftOver(facts.manifest, facts.stored)", facts),
        ("schedule.heldOf(facts.manifest, facts.stored)", facts),
    )
    assert left == [sha("b opus"), sha("x")]
    assert [(sound, copy["sha256"]) for sound, copy in held] == [(sha("a"), sha("a"))]


starts = st.sampled_from([f"2026-12-{day:02d} {clock}" for day in (1, 8, 31) for clock in ("05:00", "17:15", "23:59")])
drawn_slots = st.dictionaries(starts, st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3), max_size=6)


@settings(max_examples=25, deadline=None)
@given(before=drawn_slots, after=drawn_slots)
def test_changes_lead_to_the_manifest_that_the_server_sealed(
    before: dict[str, list[str]], after: dict[str, list[str]]
) -> None:
    build: Callable[[dict[str, list[str]], str], Manifest] = lambda drawn, version: manifest(  # noqa: E731
        *(slot(start, *names) for start, names in sorted(drawn.items())), version=version
    )
    old, new = build(before, "1"), build(after, "2")
    changes = changes_between(old, new)
    assert with_changes(old, changes) == new
    [text] = in_node(
        ("JSON.stringify(schedule.withChanges(facts.old, facts.changes))", {"old": old, "changes": changes})
    )
    assert hashlib.sha256(text.encode()).hexdigest() == digest_of(new)


@pytest.mark.parametrize("stand_in", [False, True])
@pytest.mark.parametrize("begun", [False, True])
def test_the_browser_plays_what_the_stations_own_program_would(*, stand_in: bool, begun: bool) -> None:
    told = manifest(
        slot("2026-12-08 17:15", "a", "b", "c", seconds=20),
        slot("2026-12-08 17:17", "d", seconds=3, relayed_from="h652"),
        slot("2026-12-31 23:59", "e", "b", seconds=45),
        recalls=(recall("b"),),
    )
    laid = laid_out(told, relays=not stand_in)
    heard = {due.id: 1 for due in laid.sounds} if begun else {}
    lacking = sha("c")
    moments = [each.starts_at + number * 3 * SECOND for each in told.slots for number in range(-2, 45)]
    wanted = []
    for moment in moments:
        due = air_at(laid, moment, has=lambda sound: sound != lacking, heard_ms=heard)
        wanted.append((due.due.segment, due.offset_ms // 1000) if due.due and due.due.sha256 else None)
    given_to_it = (
        f"{{ standIn: {json.dumps(stand_in)}, has: (each) => each !== '{lacking}', begun: () => {json.dumps(begun)} }}"
    )
    assert on_air(told, *moments, given=given_to_it) == wanted
