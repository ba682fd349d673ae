"""The trail is a chain: what was altered, taken out, moved or cut off behind the application's back is named."""

import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlmodel import Session, col, select

from server.db.records import AuditEntry
from server.services.audit import chained, record
from server.services.context import Context
from server.services.refusals import BadField, EndNotAfterStart
from server.services.trail import MissingEntries, head, parse_head, report_sentences, verify
from server.services.trail_export import export
from server.services.trail_refusals import BadHead, UnknownEntry
from server.services.trail_search import TrailFilter, get_entry, search
from tests.server.databases import behind
from tests.server.people import acting, add_person
from tests.server.worlds import World

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


def write(context: Context, session: Session, number: int, **changed: object) -> None:
    facts: dict[str, object] = {"title": f"Một cửa ở xã {number}", "number": number}
    record(session, context, at=NOON, action="segment.added", subject=f"b{number:04d}", **facts | changed)


def filled(context: Context, entries: int = 8) -> Context:
    """As many entries as asked for, beside those that were there."""
    with context.database.write() as session:
        for number in range(entries):
            write(context, session, number)
    return context


def behind_the_back(context: Context, *statements: str) -> None:
    """As somebody with the file would: the triggers go first."""
    with behind(context) as connection:
        for statement in statements:
            connection.execute(statement)


def put(column: str, value: object, key: int) -> str:
    """A statement that writes the value, an SQL expression, into one entry."""
    return f"UPDATE audit_entry SET {column} = {value} WHERE id = {key}"  # noqa: S608 (the test's own constants)


def take_out(first: int, last: int) -> str:
    return f"DELETE FROM audit_entry WHERE id BETWEEN {first} AND {last}"  # noqa: S608 (as above)


def last_id(context: Context) -> int:
    with context.database.read() as session:
        return session.exec(select(AuditEntry.id).order_by(col(AuditEntry.id).desc()).limit(1)).one() or 0


def test_an_untouched_trail_is_whole(published: World) -> None:
    context = filled(published.context)
    report = verify(context)
    assert report.whole
    assert (report.entries, report.head) == (head(context).entries, head(context).hash)
    assert (report.altered, report.first_altered, report.missing) == (0, None, [])
    assert len(report_sentences(report)) == 1


def test_an_empty_trail_is_whole_and_has_a_head(district: World) -> None:
    behind_the_back(district.context, "DELETE FROM audit_entry")
    assert verify(district.context, noted=parse_head("0:")).whole
    assert head(district.context).text == "0:"


@pytest.mark.parametrize(
    "column",
    ["at", "actor", "origin", "address", "action", "subject", "facts", "before", "after", "hash"],
)
def test_an_altered_column_names_its_entry(published: World, column: str) -> None:
    context = filled(published.context)
    altered = last_id(context) - 3
    value = {"at": "'2026-11-20 05:00:00.000001'", "facts": "'{}'", "before": "'{}'", "after": "'{}'"}
    behind_the_back(context, put(column, value.get(column, "'khác'"), altered))
    report = verify(context)
    assert not report.whole
    assert report.first_altered == altered
    # A wrong hash also leaves the one after it without its ground.
    assert report.altered == (2 if column == "hash" else 1)
    assert str(altered) in " ".join(report_sentences(report))


@pytest.mark.of_sqlite("PostgreSQL keeps nothing that is not of its column's type")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("facts", "'không phải JSON'"),
        ("facts", "'" + "[" * 100_000 + "'"),
        ("facts", "CAST(x'fffe' AS TEXT)"),
        ("subject", "CAST(x'ff00fe' AS TEXT)"),
        ("subject", "x'00ff'"),
        ("at", "'hôm qua'"),
        ("hash", "CAST(x'ff' AS TEXT)"),
        ("before", "'[1'"),
    ],
)
def test_what_nobody_could_have_recorded_is_named_and_still_shown(published: World, column: str, value: str) -> None:
    context = filled(published.context)
    altered = last_id(context) - 2
    behind_the_back(context, put(column, value, altered))
    assert verify(context).first_altered == altered
    assert altered in [entry.id for entry in search(context, TrailFilter()).items]
    assert get_entry(context, altered).readable == (column in {"subject", "hash"})
    assert b"".join(export(context, "csv", TrailFilter()))
    assert b"".join(export(context, "jsonl", TrailFilter()))


def test_an_entry_taken_out_of_the_middle_is_missed(published: World) -> None:
    context = filled(published.context)
    gone = last_id(context) - 4
    behind_the_back(context, take_out(gone, gone))
    report = verify(context)
    assert report.missing == [MissingEntries(first=gone, last=gone)]
    assert report.first_altered == gone + 1


def test_the_first_entries_taken_out_are_missed(published: World) -> None:
    context = filled(published.context)
    behind_the_back(context, take_out(1, 2))
    report = verify(context)
    assert report.missing == [MissingEntries(first=1, last=2)]
    assert report.first_altered == 3


def test_two_entries_that_changed_places_are_named(published: World) -> None:
    context = filled(published.context)
    one = last_id(context) - 4
    behind_the_back(
        context,
        put("id", -1, one),
        put("id", one, one + 1),
        put("id", one + 1, -1),
    )
    assert verify(context).first_altered == one


def test_an_entry_put_in_by_hand_is_named(published: World) -> None:
    context = filled(published.context)
    behind_the_back(
        context,
        "INSERT INTO audit_entry (id, at, actor, origin, action, subject, facts, hash) SELECT (SELECT max(id) FROM "
        "audit_entry) + 1, at, actor, origin, action, subject, facts, hash FROM audit_entry WHERE id = 1",
    )
    assert verify(context).first_altered == last_id(context)


def test_an_end_that_was_cut_off_shows_with_the_head_that_was_noted(published: World) -> None:
    context = filled(published.context)
    noted = parse_head(head(context).text)
    assert verify(context, noted=noted).noted_found is True
    filled(context, 2)
    assert verify(context, noted=noted).whole
    behind_the_back(context, take_out(noted.entries - 1, noted.entries + 2))
    assert verify(context).whole  # the chain alone can't tell
    report = verify(context, noted=noted)
    assert not report.whole
    assert report.noted_found is False
    assert noted.text in " ".join(report_sentences(report))


def test_a_chain_written_anew_shows_with_the_head_that_was_noted(published: World) -> None:
    context = filled(published.context)
    noted = head(context)
    behind_the_back(context, "UPDATE audit_entry SET actor = 'ai khác' WHERE id = 2")
    before = ""
    with context.database.read() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    with behind(context) as connection:
        for entry in entries:
            before = chained(before, entry)
            connection.execute("UPDATE audit_entry SET hash = ? WHERE id = ?", (before, entry.id))
    assert verify(context).whole
    assert not verify(context, noted=noted).whole


@pytest.mark.parametrize(
    "text", ["", "12", "12:", "0:" + "a" * 64, ":abc", "-1:" + "a" * 64, "1:" + "A" * 64, "1:abc\0"]
)
def test_a_head_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadHead):
        parse_head(text)


@pytest.mark.parametrize("subject", ["b\0001", "b\ud800", "\u202eb", "=cmd|' /C calc'!A0", "", "a" * 100_000])
def test_odd_subjects_are_kept_and_stay_whole(district: World, subject: str) -> None:
    context = district.context
    with context.database.write() as session:
        record(
            session, context, at=NOON, action="segment.added", subject=subject, odd=subject, nested=[{subject: subject}]
        )
    report = verify(context)
    assert report.whole
    entry = get_entry(context, report.entries)
    # Half a character, and a zero byte, are no text to a database.
    assert entry.subject == subject.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    exported = b"".join(export(context, "csv", TrailFilter())).decode()
    assert "\0" not in exported
    assert "\n=cmd" not in exported
    assert ",=cmd" not in exported


def test_many_entries_are_checked_and_exported_in_little_memory(district: World) -> None:
    context = district.context
    more = 50_000
    with context.database.write() as session:
        key, before = session.exec(
            select(AuditEntry.id, AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1)
        ).first() or (0, "")
        key = key or 0
        rows = []
        for number in range(more):
            entry = AuditEntry(
                at=NOON, actor="local", origin="cli", action="segment.added", subject=f"b{number}", facts={"n": number}
            )
            before = chained(before, entry)
            entry.id, entry.hash = key + number + 1, before
            rows.append(entry.model_dump())
        session.connection().execute(insert(AuditEntry), rows)
    del rows, entry
    tracemalloc.start()
    report = verify(context)
    _, peak = tracemalloc.get_traced_memory()
    assert report.whole
    assert report.entries == key + more
    assert peak < 8_000_000
    tracemalloc.reset_peak()
    assert sum(map(len, export(context, "csv", TrailFilter()))) > 5_000_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000


def test_entries_are_found_by_who_what_when_and_words(published: World) -> None:
    context = filled(published.context)
    other = replace(
        acting(context, add_person(context, "lan", ["producer"])), origin="web", clock=lambda: NOON + timedelta(days=2)
    )
    with context.database.write() as session:
        record(
            session, other, at=other.clock(), action="segment.withdrawn", subject="b0003", reason="Sai số điện thoại"
        )

    def ids(**wanted: object) -> list[str]:
        found = search(context, TrailFilter(**wanted))  # type: ignore[arg-type]  # a table of filters
        return [entry.subject for entry in found.items if not entry.action.startswith("audit.")]

    assert ids(actor="lan") == ["b0003"]
    assert ids(origin="web") == ["b0003"]
    assert ids(query="dien thoai sai") == ["b0003"]
    assert ids(query="rut bai") == ["b0003"]
    assert ids(query="sai MOT CUA") == []
    assert ids(subject="b0003") == ["b0003", "b0003"]
    assert ids(action="segment.", subject="b0003") == ["b0003", "b0003"]
    assert ids(action="segment.withdrawn") == ["b0003"]
    assert ids(action="segment_") == []
    assert ids(since=date(2026, 11, 22)) == ["b0003"]
    assert "b0003" not in ids(query="sai", until=date(2026, 11, 21))
    page = search(context, TrailFilter(query="một cửa"), offset=2, limit=3)
    assert (page.total, [entry.subject for entry in page.items]) == (8, ["b0005", "b0004", "b0003"])


@pytest.mark.parametrize(
    "wanted",
    [
        TrailFilter(origin="ở đâu"),
        TrailFilter(actor="a\0b"),
        TrailFilter(query="a\0b"),
        TrailFilter(query="\ud800"),
        TrailFilter(subject="\ud800"),
        TrailFilter(action="x" * 201),
        TrailFilter(since=date(1, 1, 1)),
        TrailFilter(until=date(9999, 12, 31)),
        TrailFilter(query=" ".join(map(str, range(30)))),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(published: World, wanted: TrailFilter) -> None:
    with pytest.raises(BadField):
        search(published.context, wanted)
    with pytest.raises(BadField):
        export(published.context, "csv", wanted)


def test_days_that_end_before_they_begin_are_refused(published: World) -> None:
    with pytest.raises(EndNotAfterStart):
        search(published.context, TrailFilter(since=date(2026, 12, 2), until=date(2026, 12, 1)))


def test_an_entry_that_is_not_there_is_refused(published: World) -> None:
    with pytest.raises(UnknownEntry):
        get_entry(published.context, 10**12)


def test_reading_is_on_the_trail_once_a_day_and_each_export(published: World) -> None:
    context = published.context
    search(context, TrailFilter())
    search(context, TrailFilter(), offset=1)
    get_entry(context, 1)
    b"".join(export(context, "jsonl", TrailFilter(actor="local")))
    b"".join(export(context, "csv", TrailFilter()))
    with context.database.read() as session:
        said = select(AuditEntry).where(col(AuditEntry.action).startswith("audit.")).order_by(col(AuditEntry.id))
        found = session.exec(said).all()
    assert [(entry.action, entry.facts.get("format")) for entry in found] == [
        ("audit.read", None),
        ("audit.exported", "jsonl"),
        ("audit.exported", "csv"),
    ]
    assert found[1].facts["filter"] == {"actor": "local"}


def test_json_lines_hold_each_entry_and_nothing_that_came_later(published: World) -> None:
    context = filled(published.context)
    before = last_id(context)
    lines = b"".join(export(context, "jsonl", TrailFilter())).splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(1, before + 1))
    assert json.loads(lines[-1])["facts"]["title"] == "Một cửa ở xã 7"
