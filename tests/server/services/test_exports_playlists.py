import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from schedules.exports.playlists import FORMATS, UnknownFormat
from schedules.months import Month
from server.db.library import Segment
from server.services.exports import playlist
from server.services.plans import make_plan, publish_plan, station_month
from server.services.refusals import BadField, NotPublished, UnknownSlot, UnknownStation
from server.services.views import Export, SlotView
from tests.server.worlds import MONTH, World


def address(sha256: str) -> str:
    return f"http://127.0.0.1:8000/api/v1/audio/{sha256}.mp3"


def pulled(
    world: World, code: str = "h654", *, day: date | None = None, slot: str | None = None, shape: str = "json"
) -> Export:
    return playlist(world.context, code, MONTH, day=day, slot=slot, format=shape, audio_url=address)


def tracks(export: Export) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(export.content)["tracks"]
    return found


def slots_of(world: World, code: str = "h654") -> list[SlotView]:
    return station_month(world.context, code, MONTH).slots


def again(world: World) -> None:
    world.now += timedelta(hours=1)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)


def test_a_month_plays_opening_items_and_closing_of_each_slot_in_order_of_time(published: World) -> None:
    listed = tracks(pulled(published))

    expected: list[tuple[object, object]] = []
    for slot in slots_of(published):
        expected += [("opening", None), *(("segment", item.segment) for item in slot.items), ("closing", None)]
    assert [(track["kind"], track["segment"]) for track in listed] == expected
    starts = [datetime.fromisoformat(str(track["starts_at"])) for track in listed]
    assert starts == sorted(starts)
    assert all(start.utcoffset() == timedelta(hours=7) for start in starts)
    first = slots_of(published)[0]
    assert sum(int(str(track["duration_ms"])) for track in listed[: len(first.items) + 2]) == first.length_ms


def test_a_track_says_where_it_lies_who_made_it_and_what_it_is(published: World) -> None:
    slot = slots_of(published)[0]
    opening, track, *_rest = tracks(pulled(published, slot=slot.key))

    item = slot.items[0]
    assert track == {
        "location": address(item.sha256),
        "title": item.title,
        "creator": "Sở Nội vụ",
        "album": "Tuyên truyền CCHC",
        "duration_ms": item.duration_ms,
        "starts_at": (slot.starts_at + timedelta(milliseconds=item.start_ms)).isoformat(),
        "language": "vi",
        "segment": item.segment,
        "kind": "segment",
        "sha256": item.sha256,
        "size": len(item.segment),
    }
    assert (opening["title"], opening["duration_ms"]) == ("Mở đầu chuyên mục Tuyên truyền CCHC", 10_000)


def test_a_day_is_a_local_day(published: World) -> None:
    slots = slots_of(published, "x24490")
    for day in {slot.starts_at.date() for slot in slots}:
        listed = tracks(pulled(published, "x24490", day=day))
        assert {datetime.fromisoformat(str(track["starts_at"])).date() for track in listed} == {day}
    whole = tracks(pulled(published, "x24490"))
    by_day = [track for day in MONTH.dates() for track in tracks(pulled(published, "x24490", day=day))]
    assert by_day == whole


def test_a_day_without_slots_is_an_empty_playlist_and_one_of_another_month_is_refused(published: World) -> None:
    busy = {slot.starts_at.date() for slot in slots_of(published)}
    quiet = next(day for day in MONTH.dates() if day not in busy)

    assert tracks(pulled(published, day=quiet)) == []
    with pytest.raises(BadField):
        pulled(published, day=date(2027, 1, 1))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_to_be_had_under_an_ascii_name(published: World, name: str) -> None:
    export = pulled(published, shape=name)

    assert export.file_name == f"h654-2026-12.{FORMATS[name].extension}"
    assert export.media_type == FORMATS[name].media_type
    assert address(slots_of(published)[0].items[0].sha256).encode() in export.content


def test_file_names_tell_day_and_slot(published: World) -> None:
    slot = slots_of(published)[0]
    when = slot.starts_at

    assert pulled(published, day=when.date(), shape="m3u8").file_name == f"h654-{when:%Y-%m-%d}.m3u8"
    assert pulled(published, slot=slot.key, shape="m3u8").file_name == f"h654-{when:%Y-%m-%d-%H%M}.m3u8"


def test_titles_that_look_like_playlist_lines_stay_titles(district: World) -> None:
    with district.change() as session:
        session.connection().execute(update(Segment).values(title='Một, "cửa"\n#EXTINF:1,x: #{y} – Ƀuôn 🎙'))
    make_plan(district.context, MONTH)
    publish_plan(district.context, MONTH)

    lines = pulled(district, shape="m3u8").content.decode().splitlines()
    listed = tracks(pulled(district))
    assert len([line for line in lines if line.startswith("http")]) == len(listed)
    assert len([line for line in lines if line.startswith("#EXTINF:")]) == len(listed)
    rows = list(csv.DictReader(io.StringIO(pulled(district, shape="csv").content.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(listed)


def test_only_what_is_published_is_pulled(district: World) -> None:
    with pytest.raises(NotPublished):
        pulled(district)
    make_plan(district.context, MONTH)
    with pytest.raises(NotPublished):
        pulled(district)


def test_what_is_not_there_is_refused(published: World) -> None:
    with pytest.raises(UnknownStation):
        pulled(published, "h999")
    with pytest.raises(UnknownSlot):
        pulled(published, slot="h654.20261201T0300")
    with pytest.raises(UnknownFormat):
        pulled(published, shape="mp4")
    with pytest.raises(NotPublished):
        playlist(published.context, "h654", Month(2027, 1), format="json", audio_url=address)


def test_a_revision_that_changes_nothing_leaves_the_export_byte_for_byte(published: World) -> None:
    before = pulled(published)
    again(published)

    assert pulled(published) == before
    assert before.modified_at == datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    assert json.loads(before.content)["revision"] == 1


def test_a_revision_that_changes_the_station_is_named_and_dated(published: World) -> None:
    before = pulled(published)
    published.withdraw("b0003")
    again(published)
    again(published)

    after = pulled(published)
    assert after.etag != before.etag
    assert json.loads(after.content)["revision"] == 2
    assert after.modified_at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def test_an_etag_is_quoted_and_follows_from_the_bytes(published: World) -> None:
    export = pulled(published)

    assert export.etag.startswith('"')
    assert export.etag.endswith('"')
    assert export.etag != pulled(published, "x24490").etag
