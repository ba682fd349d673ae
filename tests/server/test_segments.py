"""Segments come in whole or not at all, are found however they are typed, and are withdrawn for good."""

import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from sqlmodel import col, func, select

from media.refusals import AudioEmpty, AudioSilent, FfmpegMissing, MissingAudio, NotAudio
from server.db.library import Audio, ProgrammeColumn, Segment
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.records import AuditEntry
from server.db.registry import Station
from server.sample import catalogue
from server.services.audio_files import find_audio
from server.services.context import Context
from server.services.footing_refusals import DiskFull
from server.services.refusals import (
    AudioIsFrame,
    BadField,
    FileUnreadable,
    SegmentAlreadyWithdrawn,
    SegmentExists,
    SegmentHasNoRecording,
    ServiceRefusal,
    UnknownColumn,
    UnknownOrganisation,
    UnknownSegment,
    UnknownStation,
    UnknownTopic,
)
from server.services.rows import identity
from server.services.segments import (
    NewSegment,
    add_segment,
    find_segment,
    get_segment,
    list_segments,
    segment_uses,
    withdraw_segment,
)
from tests.server.databases import open_context
from tests.server.homes import NOW, TODAY, copy_home
from tests.server.sounds import wav
from tests.server.vetted import approve


def new(**facts: object) -> NewSegment:
    said: dict[str, object] = {"title": "Nộp hồ sơ qua mạng", "topic": "c07", "language": "vi"}
    return msgspec.convert(said | facts, NewSegment)


def files_in_store(context: Context) -> set[Path]:
    return {path for path in context.store.root.rglob("*") if path.is_file()}


def rows(context: Context) -> tuple[int, int, int]:
    with context.database.read() as session:
        return (
            session.exec(select(func.count()).select_from(Audio)).one(),
            session.exec(select(func.count()).select_from(Segment)).one(),
            session.exec(select(func.count()).select_from(AuditEntry)).one(),
        )


def test_a_new_segment_gets_the_next_code_and_is_valid_from_today(own_province: Context, tmp_path: Path) -> None:
    told: list[float] = []
    added = add_segment(
        own_province,
        wav(tmp_path / "a.wav"),
        file_name="Bài «mới».wav",
        new=new(producer="so-tttt"),
        progress=told.append,
    )
    assert added.code == "b0029"
    assert added == get_segment(own_province, "b0029")
    assert (added.valid_from, added.valid_to, added.state, added.sample) == (TODAY, None, "submitted", False)
    assert (added.topic_name, added.producer_name) == (
        "Chính quyền điện tử, dịch vụ công trực tuyến, bưu chính công ích",
        "Sở Thông tin và Truyền thông",
    )
    assert (added.audio, added.duration_ms) == (None, None)
    audio = added.versions[0].audio
    assert audio is not None
    assert audio.duration_ms == audio.cue_out_ms - audio.cue_in_ms
    assert audio.duration_ms == 21_000
    assert audio.file_name == "Bài «mới».wav"
    assert told == sorted(told)
    assert told[-1] == 1
    found = find_audio(own_province, audio.broadcast_sha256)
    assert (found.size, found.media_type) == (audio.broadcast_size, "audio/mpeg")
    approved = approve(own_province, "b0029")
    assert (approved.state, approved.audio, approved.duration_ms) == ("ready", audio, 21_000)


def test_adding_is_on_the_trail_with_the_hash_of_the_original(own_province: Context, tmp_path: Path) -> None:
    added = add_segment(own_province, wav(tmp_path / "a.wav"), file_name="a.wav", new=new())
    with own_province.database.read() as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.subject == added.code).order_by(col(AuditEntry.id))
        ).all()
    assert added.versions[0].audio is not None
    sha256 = added.versions[0].audio.original_sha256
    assert [(entry.action, entry.facts) for entry in entries] == [
        ("segment.added", {"title": added.title, "number": 1, "sha256": sha256}),
        ("segment.submitted", {"number": 1, "sha256": sha256}),
    ]


def test_after_17_utc_the_stations_today_is_tomorrow(own_province: Context, tmp_path: Path) -> None:
    own_province.clock = lambda: datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
    added = add_segment(own_province, wav(tmp_path / "a.wav"), file_name="a.wav", new=new())
    assert added.valid_from == date(2026, 12, 1)


def test_titles_are_kept_in_one_form(own_province: Context, tmp_path: Path) -> None:
    typed = unicodedata.normalize("NFD", '  “Một cửa”:  hỏi\u00a0— đáp, "nhanh" 🙂 ')
    added = add_segment(own_province, wav(tmp_path / "a.wav"), file_name="a.wav", new=new(title=typed))
    assert added.title == '“Một cửa”: hỏi — đáp, "nhanh" 🙂'


@pytest.mark.parametrize(
    ("said", "refusal", "facts"),
    [
        ({"title": "  "}, BadField, {"field": "title", "value": "", "expected": "characters:1:200"}),
        ({"title": "\u200b"}, BadField, {"field": "title", "value": "", "expected": "characters:1:200"}),
        ({"title": "a" * 201}, BadField, {"field": "title", "value": "a" * 60 + "…", "expected": "characters:1:200"}),
        ({"title": "hai\ndòng"}, BadField, {"field": "title", "value": "hai\\u000adòng", "expected": "one_line"}),
        ({"title": "ngược \u202e lại"}, BadField, {"field": "title", "expected": "one_line"}),
        ({"title": "\udcff"}, BadField, {"field": "title", "expected": "one_line"}),
        ({"text": "a\x00b"}, BadField, {"field": "text", "expected": "printable"}),
        ({"note": "a" * 1001}, BadField, {"field": "note", "expected": "characters:0:1000"}),
        ({"language": "en"}, BadField, {"field": "language", "value": "en", "expected": "vi, rad, cmo, jra"}),
        ({"priority": "high"}, BadField, {"field": "priority"}),
        ({"tiers": ["province"]}, BadField, {"field": "tiers", "value": "province"}),
        ({"valid_to": "2026-11-23"}, BadField, {"field": "valid_to", "expected": "≥ 2026-11-24"}),
        ({"topic": "z"}, UnknownTopic, {"topic": "z"}),
        ({"column": "tin"}, UnknownColumn, {"column": "tin", "known": ["cchc"]}),
        ({"producer": "so-y-te"}, UnknownOrganisation, {"organisation": "so-y-te"}),
        ({"stations": ["h654", "h999"]}, UnknownStation, {"station": "h999"}),
    ],
)
def test_what_is_said_of_it_is_checked_before_the_recording(
    province: Context, said: dict[str, object], refusal: type[ServiceRefusal], facts: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        add_segment(province, Path("not there"), file_name="a.wav", new=new(**said))
    assert {name: refused.value.facts[name] for name in facts} == facts


def test_a_segment_may_be_meant_for_some(own_province: Context, tmp_path: Path) -> None:
    meant = new(stations=["x24490", "h654", "h654"], tiers=[], column=None, language="rad", priority="urgent")
    added = add_segment(own_province, wav(tmp_path / "a.wav"), file_name="a.wav", new=meant)
    assert (added.stations, added.tiers, added.column, added.priority) == (["h654", "x24490"], None, None, "urgent")


def test_a_recording_that_is_refused_stays_on_record_and_is_no_segment_to_air(
    own_province: Context, tmp_path: Path
) -> None:
    _audio, segments, entries = rows(own_province)
    text = tmp_path / "loi.mp3"
    text.write_text("Đây là văn bản, không phải âm thanh.\n" * 50, encoding="utf-8")
    (tmp_path / "empty.wav").touch()
    refusals = {
        text: NotAudio,
        tmp_path / "empty.wav": AudioEmpty,
        wav(tmp_path / "silent.wav", level=0): AudioSilent,
    }
    for path, refusal in refusals.items():
        with pytest.raises(refusal):
            add_segment(own_province, path, file_name=path.name, new=new())
    assert rows(own_province) == (_audio, segments + 3, entries + 6)
    rejected = list_segments(own_province, state="rejected").items
    assert {segment.versions[0].file_name for segment in rejected} == {"loi.mp3", "empty.wav", "silent.wav"}
    assert {segment.audio for segment in rejected} == {None}
    assert list(own_province.scratch.iterdir()) == []
    assert list(own_province.incoming.iterdir()) == []


def test_a_file_that_cannot_be_read_leaves_nothing(own_province: Context, tmp_path: Path) -> None:
    files, counts = files_in_store(own_province), rows(own_province)
    os.mkfifo(tmp_path / "pipe.wav")
    for path in (tmp_path / "none.wav", tmp_path, tmp_path / "pipe.wav"):
        with pytest.raises(FileUnreadable):
            add_segment(own_province, path, file_name=path.name, new=new())
    assert files_in_store(own_province) == files
    assert rows(own_province) == counts
    assert list(own_province.incoming.iterdir()) == []


def test_the_same_bytes_are_refused_with_the_segment_that_has_them(province: Context, tmp_path: Path) -> None:
    sample = catalogue.read_segments()[0]
    again = tmp_path / "copy.opus"
    again.write_bytes(catalogue.audio_path(sample.audio).read_bytes())
    with pytest.raises(SegmentExists) as refused:
        add_segment(province, again, file_name="copy.opus", new=new())
    assert refused.value.facts == {"segment": "b0001", "title": sample.title, "state": "ready"}


def test_the_sound_of_a_column_is_no_segment(province: Context) -> None:
    with pytest.raises(AudioIsFrame) as refused:
        add_segment(province, catalogue.audio_path("cchc-opening.opus"), file_name="x.opus", new=new())
    assert refused.value.facts == {"column": "cchc", "name": "Tuyên truyền CCHC"}


def test_of_two_who_send_the_same_bytes_at_once_one_is_refused_and_the_other_keeps_its_files(
    own_province: Context, tmp_path: Path
) -> None:
    source = wav(tmp_path / "a.wav")

    def send(title: str) -> str:
        try:
            return add_segment(own_province, source, file_name="a.wav", new=new(title=title)).code
        except SegmentExists as refused:
            return f"exists {refused.segment}"

    with ThreadPoolExecutor(2) as senders:
        answers = sorted(senders.map(send, ["Một", "Hai"]))
    assert answers == ["b0029", "exists b0029"]
    audio = get_segment(own_province, "b0029").versions[0].audio
    assert audio is not None
    own_province.store.verify(audio.original_sha256)
    own_province.store.verify(audio.broadcast_sha256)


@pytest.mark.of_sqlite("the most pages that its file may have stand for a full disk")
def test_a_full_database_leaves_nothing_in_the_store(own_province: Context, tmp_path: Path) -> None:
    files, counts = files_in_store(own_province), rows(own_province)
    with own_province.database.write() as session:
        connection = session.connection()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    said = new(text="Lời rất dài. " * 3000)
    with pytest.raises(DiskFull) as refused:
        add_segment(own_province, wav(tmp_path / "a.wav"), file_name="a.wav", new=said)
    assert refused.value.path == str(own_province.home)
    assert files_in_store(own_province) == files
    assert rows(own_province) == counts
    assert list(own_province.incoming.iterdir()) == []


def test_without_ffmpeg_nothing_comes_in(province_home: Path, tmp_path: Path) -> None:
    context = open_context(home=copy_home(province_home, tmp_path / "home"), ffmpeg=tmp_path / "no-ffmpeg")
    try:
        with pytest.raises(FfmpegMissing):
            add_segment(context, wav(tmp_path / "a.wav"), file_name="a.wav", new=new())
        assert rows(context)[1] == 28
    finally:
        context.close()


@pytest.mark.parametrize("query", ["b0012", "CAI CACH", "cải cách", unicodedata.normalize("NFD", "Cải cách")])
def test_segments_are_found_however_they_are_typed(province: Context, query: str) -> None:
    assert list_segments(province, query=query).total >= 1


def test_signs_in_a_query_are_no_wildcards(province: Context) -> None:
    assert list_segments(province, query="%").total == 0
    assert list_segments(province, query="_").total == 0


def test_a_topic_stands_for_all_below_it(province: Context) -> None:
    below = {segment.topic for segment in list_segments(province, topic="c").items}
    assert below == {f"c{number:02d}" for number in range(1, 13)}
    assert {segment.topic for segment in list_segments(province, topic="c01").items} == {"c01"}


def test_segments_are_cut_into_pages_in_vietnamese_order(province: Context) -> None:
    whole = list_segments(province, limit=100)
    pages = [list_segments(province, offset=offset, limit=10).items for offset in (0, 10, 20)]
    assert [segment.code for page in pages for segment in page] == [segment.code for segment in whole.items]
    assert whole.total == 28
    titles = [segment.title for segment in whole.items]
    assert titles.index("Bảng niêm yết thủ tục: cam kết của cơ quan với dân") < titles.index(
        "Cải cách hành chính là gì, và người dân được lợi gì?"
    )


def test_segments_are_listed_by_language_and_state(own_province: Context) -> None:
    rade = list_segments(own_province, language="rad").items
    assert rade
    assert all("Ê Đê" in segment.note for segment in rade)
    withdraw_segment(own_province, rade[0].code, reason="Đọc sai")
    assert [segment.code for segment in list_segments(own_province, state="withdrawn").items] == [rade[0].code]
    assert list_segments(own_province, state="ready").total == 27
    with pytest.raises(BadField):
        list_segments(own_province, state="gone")


def test_a_withdrawn_segment_was_valid_until_yesterday(own_province: Context) -> None:
    withdrawn = withdraw_segment(own_province, "b0001", reason="  Số liệu đã  cũ ")
    assert (withdrawn.state, withdrawn.valid_to) == ("withdrawn", date(2026, 11, 23))
    assert withdrawn.withdrawn_reason == "Số liệu đã cũ"
    with own_province.database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "segment.withdrawn")).one()
    assert (entry.subject, entry.facts["reason"]) == ("b0001", "Số liệu đã cũ")


def test_withdrawing_on_the_first_evening_of_a_month_ends_it_with_the_month_before(own_province: Context) -> None:
    own_province.clock = lambda: datetime(2026, 11, 30, 17, 30, tzinfo=UTC)
    assert withdraw_segment(own_province, "b0001", reason="Cũ").valid_to == date(2026, 11, 30)


def test_withdrawing_never_lengthens(own_province: Context, tmp_path: Path) -> None:
    past = new(valid_from="2026-10-01", valid_to="2026-10-31")
    code = add_segment(own_province, wav(tmp_path / "a.wav"), file_name="a.wav", new=past).code
    approve(own_province, code)
    assert withdraw_segment(own_province, code, reason="Cũ").valid_to == date(2026, 10, 31)


def test_what_was_never_fit_for_air_is_not_withdrawn(own_province: Context, tmp_path: Path) -> None:
    text = tmp_path / "loi.mp3"
    text.write_text("Đây là văn bản.\n" * 50, encoding="utf-8")
    with pytest.raises(NotAudio):
        add_segment(own_province, text, file_name="loi.mp3", new=new())
    with pytest.raises(SegmentHasNoRecording):
        withdraw_segment(own_province, "b0029", reason="Cũ")


def test_a_segment_is_withdrawn_once_and_for_a_reason(own_province: Context) -> None:
    with pytest.raises(BadField):
        withdraw_segment(own_province, "b0001", reason=" ")
    withdraw_segment(own_province, "b0001", reason="Cũ")
    with pytest.raises(SegmentAlreadyWithdrawn):
        withdraw_segment(own_province, "b0001", reason="Cũ")


@pytest.mark.parametrize("code", ["b9999", "", "b0001 ", "B0001"])
def test_an_unknown_segment_is_refused(province: Context, code: str) -> None:
    for ask in (get_segment, segment_uses):
        with pytest.raises(UnknownSegment) as refused:
            ask(province, code)
        assert refused.value.segment == code


def test_a_segment_in_no_published_plan_has_no_uses(province: Context) -> None:
    assert segment_uses(province, "b0001") == []


def publish(context: Context, month: str, number: int, slots: list[tuple[str, datetime, str, str | None]]) -> None:
    """A revision of slots of one item each: station, start, segment, relayed from."""
    with context.database.write() as session:
        column = identity(session.exec(select(ProgrammeColumn)).one())
        revision = PlanRevision(month=month, status="draft", as_of=NOW, made_at=NOW, summary={})
        session.add(revision)
        for code in sorted({slot[0] for slot in slots}):
            station = identity(session.exec(select(Station).where(Station.code == code)).one())
            plan = MonthPlan(station_id=station, month=month, digest=f"{number}")
            session.add(plan)
            session.flush()
            session.add(
                PlanEntry(
                    revision_id=identity(revision),
                    station_id=station,
                    month_plan_id=identity(plan),
                    verdicts=[],
                    terms=[],
                )
            )
            for _code, starts_at, segment, parent in [slot for slot in slots if slot[0] == code]:
                slot = Slot(
                    month_plan_id=identity(plan),
                    key=f"{starts_at:%d%H%M}",
                    column_id=column,
                    starts_at=starts_at,
                    length_ms=1,
                    relayed_from=parent,
                )
                session.add(slot)
                session.flush()
                session.add(
                    SlotItem(
                        slot_id=identity(slot),
                        position=0,
                        segment_id=identity(find_segment(session, segment)),
                        title="A",
                        start_ms=0,
                        duration_ms=1,
                        rendition_sha256="0",
                    )
                )
        session.flush()
        revision.status, revision.number, revision.published_at = "published", number, NOW
        session.add(revision)


def test_uses_are_those_of_the_revisions_in_force_soonest_first(own_province: Context) -> None:
    morning, evening, next_month = (
        datetime(2026, 11, 30, 22, 0, tzinfo=UTC),
        datetime(2026, 11, 5, 10, 0, tzinfo=UTC),
        datetime(2026, 12, 24, 10, 0, tzinfo=UTC),
    )
    publish(own_province, "2026-11", 1, [("h654", datetime(2026, 11, 2, 10, 0, tzinfo=UTC), "b0001", None)])
    publish(
        own_province,
        "2026-11",
        2,
        [
            ("x24490", evening, "b0001", "h654"),
            ("h654", evening, "b0001", None),
            ("h654", evening.replace(day=9), "b0002", None),
        ],
    )
    publish(own_province, "2026-12", 1, [("h654", next_month, "b0001", None), ("h654", morning, "b0001", None)])
    uses = segment_uses(own_province, "b0001")
    assert [(use.month, use.station, use.starts_at, use.relayed_from) for use in uses] == [
        ("2026-11", "h654", evening, None),
        ("2026-11", "x24490", evening, "h654"),
        ("2026-12", "h654", morning, None),
        ("2026-12", "h654", next_month, None),
    ]
    assert uses[0].station_name == "Đài Truyền thanh - Truyền hình huyện Krông Pắc"
    assert [use.starts_at.day for use in segment_uses(own_province, "b0002")] == [9]


def test_originals_and_made_up_hashes_are_not_handed_out(province: Context) -> None:
    original = get_segment(province, "b0001").audio.original_sha256
    for sha256 in (original, "0" * 64, "../../loa.sqlite"):
        with pytest.raises(MissingAudio):
            find_audio(province, sha256)
