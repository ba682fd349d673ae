"""What the sample ships: units, topics, texts and the audio made from them."""

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from unicodedata import is_normalized

import pytest

from media.ffmpeg import Ffmpeg
from server.sample import catalogue
from server.sample.make_audio import decoded_ms

SEGMENTS = catalogue.read_segments()
FRAMES = catalogue.read_frames()
SPOKEN: list[catalogue.SampleSegment | catalogue.SampleFrame] = [*SEGMENTS, *FRAMES]
HERE = Path(catalogue.__file__).parent


def leaves() -> list[str]:
    parents = {topic.parent for topic in catalogue.read_topics()}
    return [topic.code for topic in catalogue.read_topics() if topic.code not in parents]


def test_units_are_the_states_own_in_both_structures() -> None:
    assert Counter(unit.level for unit in catalogue.read_units("2021")) == {
        "province": 1,
        "district": 15,
        "commune": 184,
    }
    assert Counter(unit.level for unit in catalogue.read_units("2025")) == {"province": 1, "commune": 102}
    assert len(catalogue.read_successors()) == 181


def test_the_old_structure_ends_on_the_day_the_new_one_begins() -> None:
    assert {unit.valid_to for unit in catalogue.read_units("2021")} == {date(2025, 7, 1)}
    assert {unit.valid_from for unit in catalogue.read_units("2025")} == {date(2025, 7, 1)}


@pytest.mark.parametrize("structure", ["2021", "2025"])
def test_units_have_unique_codes_known_parents_and_clean_names(structure: catalogue.Structure) -> None:
    units = catalogue.read_units(structure)
    codes = {unit.code for unit in units}
    assert len(codes) == len(units)
    assert all(unit.parent_code in codes for unit in units if unit.level != "province")
    for unit in units:
        assert is_normalized("NFC", unit.name)
        assert unit.name == " ".join(unit.name.split())


def test_successors_lead_to_communes_of_the_new_structure() -> None:
    # By code: names are spelled otherwise here and there in this file (Xã M'Drắk, Xã M’Drắk).
    assert {row.new_code for row in catalogue.read_successors()} <= {unit.code for unit in catalogue.read_units("2025")}


def test_the_topic_tree_is_that_of_the_plan() -> None:
    topics = catalogue.read_topics()
    assert [topic.code for topic in topics if topic.parent is None] == ["a", "b", "c"]
    assert [topic.code for topic in topics if topic.parent == "c"] == [f"c{number:02}" for number in range(1, 13)]
    assert sum(topic.weight for topic in topics if topic.parent is None) == pytest.approx(1)
    assert len({topic.name for topic in topics}) == 15


def test_topics_are_led_as_the_plan_says() -> None:
    organisations = {organisation.code: organisation for organisation in catalogue.read_organisations()}
    leads = {topic.code: organisations[topic.lead].name for topic in catalogue.read_topics()}
    assert leads["a"] == leads["c03"] == "Sở Nội vụ"
    assert leads["c04"] == "Sở Tư pháp"
    assert leads["c06"] == leads["c12"] == "Văn phòng UBND tỉnh"
    assert leads["c07"] == leads["c11"] == "Sở Thông tin và Truyền thông"
    assert [code for code, organisation in organisations.items() if "monitor" in organisation.roles] == ["so-tttt"]


def test_every_leaf_has_two_segments() -> None:
    assert Counter(segment.topic for segment in SEGMENTS) == dict.fromkeys(leaves(), 2)
    assert len(SEGMENTS) == 28


def test_languages_voices_and_priorities_are_mixed() -> None:
    assert Counter(segment.language for segment in SEGMENTS) == {"vi": 24, "rad": 2, "cmo": 2}
    assert Counter(segment.priority for segment in SEGMENTS) == {"normal": 26, "priority": 2}
    assert min(Counter(segment.voice for segment in SEGMENTS).values()) >= 6
    assert {segment.voice for segment in SEGMENTS} == {"vi", "vi-vn-x-central", "vi-vn-x-south"}
    assert all((segment.note is not None) == (segment.language != "vi") for segment in SEGMENTS)


def test_enough_vietnamese_segments_are_always_valid() -> None:
    standing = [segment for segment in SEGMENTS if segment.language == "vi" and segment.validity == "standing"]
    assert len(standing) >= 16
    assert all(segment.valid(date(2024, 5, 17)) == (date(2021, 4, 1), None) for segment in standing)


def test_fresh_segments_cover_the_month_they_are_loaded_in_and_the_next() -> None:
    fresh = [segment for segment in SEGMENTS if segment.validity == "fresh"]
    assert fresh
    for segment in fresh:
        first, last = segment.valid(date(2026, 12, 23))
        assert 0 <= segment.fresh_days_before <= 27
        assert first == date(2026, 12, 1) - timedelta(days=segment.fresh_days_before)
        assert last is not None
        assert last > date(2027, 1, 31)
        assert (last - first).days == 119


def test_a_segment_is_not_vetted_by_the_organisation_that_made_it() -> None:
    leads = {topic.code: topic.lead for topic in catalogue.read_topics()}
    known = {organisation.code for organisation in catalogue.read_organisations()}
    for segment in SEGMENTS:
        assert segment.producer in known
        assert segment.producer != leads[segment.topic]


def test_codes_titles_and_files_are_unique_and_clean() -> None:
    for field in ("code", "title", "text", "audio"):
        values = [getattr(segment, field) for segment in SEGMENTS]
        assert len(set(values)) == len(values)
    for segment in SEGMENTS:
        assert len(segment.title) <= 80
        assert is_normalized("NFC", segment.title)
        assert segment.title == " ".join(segment.title.split())
        assert (segment.text + segment.audio).isascii()


def test_texts_are_to_be_read_aloud_and_clean() -> None:
    for entry in SPOKEN:
        text = catalogue.text(entry.text)
        assert is_normalized("NFC", text)
        assert "  " not in text
        # Figures, abbreviations in capitals and addresses are spelled as they are spoken.
        assert not re.search(r"[0-9@/()]|\b[A-ZĐƯÔ]{2,}\b", text)


def test_files_and_entries_belong_to_each_other() -> None:
    assert {path.name for path in (HERE / "audio").iterdir()} == {entry.audio for entry in SPOKEN}
    assert {path.name for path in (HERE / "texts").iterdir()} == {entry.text for entry in SPOKEN}


def test_the_audio_is_small_enough_to_be_committed() -> None:
    assert sum(path.stat().st_size for path in (HERE / "audio").iterdir()) <= 10_000_000


def test_every_segment_decodes_to_one_to_six_minutes() -> None:
    ffmpeg = Ffmpeg.find()
    durations = [decoded_ms(ffmpeg, catalogue.audio_path(segment.audio)) for segment in SEGMENTS]
    assert min(durations) >= 60_000
    assert max(durations) <= 360_000
    assert sum(durations) <= 58 * 60_000
    assert sum(240_000 <= duration <= 300_000 for duration in durations) >= 3


def test_the_column_has_an_opening_and_a_closing_of_a_few_seconds() -> None:
    ffmpeg = Ffmpeg.find()
    durations = {frame.kind: decoded_ms(ffmpeg, catalogue.audio_path(frame.audio)) for frame in FRAMES}
    assert 8_000 <= durations["opening"] <= 12_000
    assert 5_000 <= durations["closing"] <= 8_000
    assert {frame.column for frame in FRAMES} == {"cchc"}
