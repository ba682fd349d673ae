"""What is withdrawn or replaced is recalled in the same moment: from whom, which files, and until when."""

from collections import Counter
from datetime import timedelta

import msgspec

from schedules.manifest import Manifest, RecalledSegment, SealedManifest, files_of
from server.services import deliveries, vetting
from server.services.local_time import local_today
from server.services.manifests import ManifestOrder, render_manifest
from server.services.pushing import push_version
from server.services.recalled import recalled_files
from server.services.recalls import recalls_for
from server.services.replanning_segments import withdraw
from server.services.segments import get_segment, withdraw_segment
from tests.server.services.test_pushing import STATIONS, all_slots, holding, replace_recording, sounds
from tests.server.vetted import add_newer, approve
from tests.server.worlds import World

CODE = "b0003"


def told(world: World, station: str = "h654") -> list[RecalledSegment]:
    with world.context.database.read() as session:
        return recalls_for(session, world.keys[station], world.now)


def not_aired(world: World) -> set[str]:
    with world.context.database.read() as session:
        return set[str]().union(*recalled_files(session).values())


def sound(world: World, code: str = CODE) -> str:
    audio = get_segment(world.context, code).audio
    assert audio is not None
    return audio.broadcast_sha256


def test_a_withdrawn_segment_is_recalled_at_once_with_its_files_and_reason(published: World) -> None:
    assert (told(published), not_aired(published)) == ([], set())
    withdraw(published.context, CODE, reason="Số liệu sai")
    [recall] = told(published)
    assert (recall.kind, recall.segment, recall.reason, recall.files) == (
        "withdrawn",
        CODE,
        "Số liệu sai",
        (sound(published),),
    )
    assert recall.recalled_at == published.now
    assert not_aired(published) == {sound(published)}


def test_a_station_that_never_had_anything_of_it_is_not_asked(published: World) -> None:
    published.add_segment("b0100")  # in no plan
    withdraw_segment(published.context, "b0100", reason="Nhầm")
    assert told(published) == []
    published.now += timedelta(hours=1)
    published.add_segment("b0101")
    deliveries.note_verified(published.context, "x24490", [sound(published, "b0101")])
    withdraw_segment(published.context, "b0101", reason="Nhầm")
    assert [each.segment for each in told(published, "x24490")] == ["b0101"]
    assert told(published, "x24502") == []


def test_a_segment_that_is_in_force_again_is_not_recalled_any_more(sounding: World) -> None:
    withdraw_segment(sounding.context, CODE, reason="Số liệu sai")
    vetting.restore(sounding.context, CODE, "Số liệu đúng")
    assert [each.segment for each in told(sounding)] == [CODE]  # nobody approved it yet
    approve(sounding.context, CODE)
    assert (told(sounding), not_aired(sounding)) == ([], set())


def test_a_wrong_recording_stays_recalled_when_a_better_one_takes_its_place(sounding: World) -> None:
    wrong = sound(sounding)
    withdraw_segment(sounding.context, CODE, reason="Số liệu sai")
    vetting.restore(sounding.context, CODE, "Thu lại")
    number = add_newer(sounding, CODE)
    vetting.submit(sounding.context, CODE, number)
    approve(sounding.context, CODE, number)
    [recall] = told(sounding)
    assert (recall.kind, recall.files) == ("withdrawn", (wrong,))
    assert sound(sounding) != wrong
    assert not_aired(sounding) == {wrong}


def test_a_push_recalls_the_older_recording_and_nothing_that_slots_still_air(published: World) -> None:
    older = sound(published)
    replace_recording(published)
    assert told(published) == []
    push_version(published.context, CODE, reason="Sửa số điện thoại")
    [recall] = told(published)
    assert (recall.kind, recall.files, recall.reason) == ("replaced", (older,), "Sửa số điện thoại")
    assert not_aired(published) == set()


def test_a_station_whose_slot_was_left_behind_is_asked_when_the_slot_is_over(published: World) -> None:
    older = sound(published)
    slots = sorted(holding(published).items(), key=lambda each: each[1].starts_at)
    (station, _), first = slots[0]
    published.now = first.starts_at - timedelta(hours=2)  # within the planner's freeze
    replace_recording(published, seconds=200)
    for _ in range(2):
        push_version(published.context, CODE, reason="Sửa lời")
    left = [key for key, slot in all_slots(published).items() if older in sounds(slot)]
    assert station in {each for each, _ in left}
    assert told(published, station) == []
    published.now = first.starts_at + timedelta(hours=2)
    assert [(each.number, each.files) for each in told(published, station)] == [(1, (older,))]


def test_after_two_months_a_recall_is_not_told_any_more_and_still_holds(published: World) -> None:
    withdraw_segment(published.context, CODE, reason="Số liệu sai")
    published.now += timedelta(days=63)
    assert told(published) == []
    assert not_aired(published) == {sound(published)}


def test_withdrawing_what_is_on_its_way_back_asks_nobody_twice(sounding: World) -> None:
    withdraw_segment(sounding.context, CODE, reason="Số liệu sai")
    vetting.restore(sounding.context, CODE, "Xem lại")
    withdraw_segment(sounding.context, CODE, reason="Vẫn sai")
    assert [each.number for each in told(sounding)] == [1]


def test_what_a_station_is_to_remove_is_in_no_slot_and_no_file_of_its_manifest(published: World) -> None:
    aired = Counter(item.segment for slot in all_slots(published).values() for item in slot.items)
    [(code, _times)] = aired.most_common(1)
    older = sound(published, code)
    first, *later = sorted({slot.starts_at for slot in holding(published, code).values()})
    assert later
    published.now = first + timedelta(hours=1)  # this one was aired with the older recording
    replace_recording(published, code)
    push_version(published.context, code, reason="Sửa số điện thoại")
    for station in STATIONS:
        manifest = manifest_of(published, station)
        assert [recall.files for recall in manifest.recalls] == [(older,)]
        assert older not in {file.sha256 for file in manifest.files} | files_of(manifest)
        assert manifest.slots


def manifest_of(world: World, station: str) -> Manifest:
    with world.context.database.read() as session:
        order = ManifestOrder(code=station, today=local_today(world.context))
        content = render_manifest(world.context, session, order).content
    return msgspec.json.decode(content, type=SealedManifest).manifest
