"""What a station is given for the days ahead: whole, sealed, and only what changed."""

import base64
from datetime import UTC, date, timedelta

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schedules.manifest import (
    Manifest,
    SealedChanges,
    SealedManifest,
    digest_of,
    files_of,
    key_name,
    signed_text,
    with_changes,
)
from server.services.exports import ManifestOrder
from server.services.local_time import local_today
from server.services.manifest_seals import manifest_key
from server.services.manifests import render_manifest
from server.services.plans import make_plan, publish_plan, station_month
from server.services.refusals import UnknownStation
from server.services.segments import withdraw_segment
from server.services.vetting import restore
from tests.server.vetted import approve, lead_topics
from tests.server.worlds import MONTH, World


def given(world: World, code: str = "h654", *, today: date | None = None) -> SealedManifest:
    order = ManifestOrder(code=code, today=today or local_today(world.context))
    with world.context.database.read() as session:
        return msgspec.json.decode(render_manifest(world.context, session, order).content, type=SealedManifest)


def changed(world: World, since: str, code: str = "h654") -> SealedChanges:
    order = ManifestOrder(code=code, today=local_today(world.context), since=since)
    with world.context.database.read() as session:
        return msgspec.json.decode(render_manifest(world.context, session, order).content, type=SealedChanges)


def again(world: World) -> None:
    world.now += timedelta(hours=1)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)


def aired(manifest: Manifest) -> set[str]:
    return {sound.segment for slot in manifest.slots for sound in slot.sounds if sound.segment}


def often_aired(world: World) -> str:
    """The segment of the station's first slot."""
    return next(sound.segment for sound in given(world).manifest.slots[0].sounds if sound.segment)


def test_a_manifest_has_the_slots_sounds_and_files_of_the_published_months(published: World) -> None:
    manifest = given(published).manifest

    planned = station_month(published.context, "h654", MONTH).slots
    assert [(slot.key, slot.starts_at, slot.length_ms) for slot in manifest.slots] == [
        (slot.key, slot.starts_at, slot.length_ms) for slot in planned
    ]
    assert [(month.month, month.revision) for month in manifest.months] == [("2026-12", 1)]
    for slot, told in zip(planned, manifest.slots, strict=True):
        assert [sound.kind for sound in told.sounds] == ["opening", *["segment"] * len(slot.items), "closing"]
        ends = [sound.start_ms + sound.duration_ms for sound in told.sounds]
        assert [sound.start_ms for sound in told.sounds] == [0, *ends[:-1]]
        assert ends[-1] == slot.length_ms
    assert {file.sha256 for file in manifest.files} == files_of(manifest)
    assert all(file.copies[0].sha256 == file.sha256 for file in manifest.files)
    assert all(slot.starts_at.utcoffset() == timedelta(hours=7) for slot in manifest.slots)


def test_a_relay_is_told_whose_air_it_passes_on_and_what_to_play_if_that_is_silent(published: World) -> None:
    manifest = given(published, "x24490").manifest
    relayed = [slot for slot in manifest.slots if slot.relayed_from]
    assert {slot.relayed_from for slot in relayed} == {"h654"}
    assert all(slot.sounds for slot in relayed)
    assert {(each.code, each.relays) for each in manifest.sessions} == {("s1", None), ("s2", "h654")}


def test_its_seal_is_that_of_this_installation(published: World) -> None:
    told = given(published)
    known = manifest_key(published.context)
    raw = base64.b64decode(known.public_key)
    assert told.seal.key == known.key == key_name(raw)
    assert told.seal.digest == digest_of(told.manifest)
    key = Ed25519PublicKey.from_public_bytes(raw)
    signature = base64.b64decode(told.seal.signature)
    key.verify(signature, signed_text("h654", told.seal.digest))
    with pytest.raises(InvalidSignature):
        key.verify(signature, signed_text("h655", told.seal.digest))


def test_it_stays_the_same_until_something_is_published(published: World) -> None:
    first = given(published)
    published.now += timedelta(hours=3)
    assert given(published) == first
    withdraw_segment(published.context, often_aired(published), reason="Cũ")
    again(published)
    second = given(published)
    assert second.manifest.version != first.manifest.version
    assert second.manifest.months[0].revision == 2


def test_changes_laid_over_what_the_station_has_give_the_whole_and_its_digest(published: World) -> None:
    before = given(published)
    withdraw_segment(published.context, often_aired(published), reason="Cũ")
    again(published)

    told = changed(published, before.manifest.version)

    whole = with_changes(before.manifest, told.manifest)
    assert whole == given(published).manifest
    assert digest_of(whole) == told.seal.digest == given(published).seal.digest
    assert len(told.manifest.slots) < len(whole.slots)
    had = {file.sha256 for file in before.manifest.files}
    assert not {file.sha256 for file in told.manifest.files} & had


def test_nothing_changed_is_nothing_sent(published: World) -> None:
    now = given(published)
    told = changed(published, now.manifest.version).manifest
    assert (told.slots, told.gone, told.files) == ((), (), ())


@pytest.mark.parametrize("since", ["gone", "2026-12:7~r0~0123456789ab", "2031-01:1~r0~0123456789ab", "~r9~x"])
def test_who_has_an_unknown_version_gets_the_whole(published: World, since: str) -> None:
    order = ManifestOrder(code="h654", today=local_today(published.context), since=since)
    with published.context.database.read() as session:
        content = render_manifest(published.context, session, order).content
    assert msgspec.json.decode(content, type=SealedManifest) == given(published)


def test_a_withdrawn_segment_is_gone_at_once_and_is_told_as_recalled(published: World) -> None:
    code = often_aired(published)
    before = given(published).manifest
    withdraw_segment(published.context, code, reason="Số điện thoại sai")

    manifest = given(published).manifest

    assert code in aired(before)
    assert code not in aired(manifest)
    assert [(each.segment, each.kind, each.reason) for each in manifest.recalls] == [
        (code, "withdrawn", "Số điện thoại sai")
    ]
    gone = {sound.sha256 for slot in before.slots for sound in slot.sounds if sound.segment == code}
    assert gone <= set(manifest.recalls[0].files)
    assert not gone & {file.sha256 for file in manifest.files}
    # What is left moves up, and a slot is as long as what it plays.
    for slot in manifest.slots:
        ends = [sound.start_ms + sound.duration_ms for sound in slot.sounds]
        assert [sound.start_ms for sound in slot.sounds] == [0, *ends[:-1]]
        assert ends[-1] == slot.length_ms
        assert "segment" in {sound.kind for sound in slot.sounds}


def test_what_follows_a_withdrawn_item_in_a_slot_on_air_keeps_its_time(published: World) -> None:
    before = next(
        slot
        for slot in given(published).manifest.slots
        if len([sound for sound in slot.sounds if sound.segment]) > 1 and slot.starts_at > published.now
    )
    withdrawn, *others = [sound for sound in before.sounds if sound.segment]
    assert withdrawn.segment
    published.now = (before.starts_at + timedelta(milliseconds=others[0].start_ms + 500)).astimezone(UTC)
    withdraw_segment(published.context, withdrawn.segment, reason="Sai số liệu")
    slots = given(published, today=before.starts_at.date()).manifest.slots
    now = next(slot for slot in slots if slot.key == before.key)
    # The one that sounds just then is neither cut nor begun in its middle.
    assert now.sounds == tuple(sound for sound in before.sounds if sound.segment != withdrawn.segment)
    assert now.length_ms == before.length_ms


def test_the_withdrawal_reaches_a_station_that_has_the_version_before_as_a_change(published: World) -> None:
    before = given(published)
    withdraw_segment(published.context, often_aired(published), reason="Cũ")
    told = changed(published, before.manifest.version)
    assert with_changes(before.manifest, told.manifest) == given(published).manifest


def test_what_is_restored_and_approved_comes_back_as_a_change(sounding: World) -> None:
    first = given(sounding).manifest
    code = often_aired(sounding)
    withdraw_segment(sounding.context, code, reason="Nhầm")
    without = given(sounding)
    lead_topics(sounding)
    restore(sounding.context, code, "Rút nhầm")
    still = given(sounding)
    assert code not in aired(still.manifest)
    approve(sounding.context, code)

    told = changed(sounding, without.manifest.version)

    whole = with_changes(without.manifest, told.manifest)
    assert whole == given(sounding).manifest
    assert whole.slots == first.slots
    assert whole.recalls == ()


def test_a_recall_of_what_a_station_never_airs_leaves_its_manifest_as_it_was(published: World) -> None:
    published.add_segment("b0990", title="Không đài nào phát")
    before = given(published)
    withdraw_segment(published.context, "b0990", reason="Cũ")
    assert given(published) == before


def test_on_the_first_of_a_month_the_month_before_is_still_told(published: World) -> None:
    assert [month.month for month in given(published, today=date(2027, 1, 1)).manifest.months] == ["2026-12"]
    assert given(published, today=date(2027, 1, 2)).manifest.months == ()


def test_a_station_without_a_plan_has_a_manifest_too(district: World) -> None:
    manifest = given(district).manifest
    assert (manifest.months, manifest.slots, manifest.files) == ((), (), ())
    assert manifest.sessions


def test_an_unknown_station_is_refused(published: World) -> None:
    with pytest.raises(UnknownStation):
        given(published, "h999")
