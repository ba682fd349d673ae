"""The figures of all stations at once are those that each station's page explains, whatever was said and kept before."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from msgspec import structs
from sqlmodel import select

from server.db.airing import AsRunBatch, AsRunEntry, Delivery
from server.db.library import Rendition
from server.services.kept_proofs import KeptProofs, StationFigures
from server.services.proof_figures import figures_of
from server.services.proof_ground import ProofGround
from server.services.proof_views import AiredSlotView
from server.services.proofs import province_proof, station_proof
from server.services.rows import identity
from tests.server.worlds import BEFORE, MONTH, World, local

STATIONS = ("h654", "x24490", "x24502")
AFTERWARDS = local("2027-01-20 08:00")


def explained(world: World, code: str, at: datetime | None = None) -> tuple[object, ...]:
    proof = station_proof(world.context, code, MONTH, as_of=at)
    verdicts = [structs.replace(each, evidence=[]) for each in proof.verdicts]
    return verdicts, sum(bool(slot.doubts) for slot in proof.slots), len(proof.entries)


def at_once(
    world: World, at: datetime | None = None, *, kept: KeptProofs | None = None
) -> dict[str, tuple[object, ...]]:
    context = world.context if kept is None else replace(world.context, proofs=kept)
    proof = province_proof(context, MONTH, as_of=at)
    return {each.station.code: (each.verdicts, each.doubtful, each.entries) for each in proof.stations}


def hear_of(world: World, drawn: Random, slots: dict[str, list[AiredSlotView]], turn: int) -> None:
    """Some statements about each station, of all kinds, received now, and some files."""
    with world.change() as session:
        files = session.exec(select(Rendition.sha256)).all()
        for code in STATIONS:
            key = world.keys[code]
            batch = AsRunBatch(source="api", sha256="", said_by="box", received_at=world.now, lines=1, new=1)
            session.add(batch)
            session.flush()
            plain = drawn.random() < 0.4
            for number in range(drawn.randrange(12)):
                slot = drawn.choice(slots[code])
                item = drawn.choice(slot.items)
                names_slot = plain or drawn.random() < 0.6
                off = timedelta(seconds=drawn.choice([0, 2, 7, -20, 300, 7_200, 86_400, -86_400]))
                segment = drawn.choice([item.segment, item.segment, None, *([] if plain else ["b0001", "b9999"])])
                grade = drawn.choice([2, 3, 3, 4])
                corrects = None if plain else drawn.choice([None, None, None, f"u{turn}-0", "u0-0", "far"])
                session.add(
                    AsRunEntry(
                        uid=f"u{turn}-{number}",
                        station_id=key,
                        month=str(MONTH),
                        batch_id=identity(batch),
                        grade=grade,
                        aired=(plain and grade == 4) or drawn.random() < 0.8,
                        slot=slot.key if names_slot else None,
                        segment=segment,
                        title="" if segment else "Nhạc",
                        starts_at=item.starts_at + off if not names_slot or drawn.random() < 0.5 else None,
                        duration_ms=drawn.choice([None, None, 40_000, 90_000, 900_000]),
                        corrects=corrects,
                        judged=corrects is not None and drawn.random() < 0.4,
                        made_at=world.now,
                        received_at=world.now,
                        said_by="box",
                        covers_from=drawn.choice([None, slot.starts_at]),
                    )
                )
            for sha256 in drawn.sample(files, k=1):
                known = session.exec(select(Delivery).where(Delivery.station_id == key, Delivery.sha256 == sha256))
                if known.first() is None:
                    session.add(Delivery(station_id=key, sha256=sha256, at=world.now, how="verified"))


@pytest.mark.parametrize("seed", range(3))
def test_the_figures_of_all_stations_are_those_that_each_explains(published: World, seed: int) -> None:
    drawn = Random(seed)  # noqa: S311 (the same tests each time)
    slots = {code: station_proof(published.context, code, MONTH).slots for code in STATIONS}
    moments = [BEFORE]
    for turn in range(6):
        published.now = local("2026-12-03 12:00") + timedelta(days=5 * turn)
        hear_of(published, drawn, slots, turn)
        moments.append(published.now)
        assert at_once(published) == {code: explained(published, code) for code in STATIONS}
    published.now = AFTERWARDS
    for at in (None, *drawn.sample(moments, k=2)):
        wanted = {code: explained(published, code, at) for code in STATIONS}
        assert at_once(published, at) == wanted
        assert at_once(published, at, kept=KeptProofs()) == wanted
        assert at_once(published, at, kept=KeptProofs(most_stations=2)) == wanted


def test_one_by_one_or_all_in_a_row_stations_have_the_same_figures(published: World) -> None:
    slots = {code: station_proof(published.context, code, MONTH).slots for code in STATIONS}
    published.now = AFTERWARDS
    hear_of(published, Random(7), slots, 0)  # noqa: S311 (the same test each time)
    with published.context.database.read() as session:
        ground = ProofGround(session, MONTH, AFTERWARDS)

        def figures(few: int) -> dict[int, StationFigures]:
            return figures_of(session, ground, ground.stations, KeptProofs(), few=few)

        assert figures(few=0) == figures(few=100)
        assert figures(few=0).keys() == {published.keys[code] for code in STATIONS}


def test_what_is_kept_is_forgotten_when_what_it_rests_on_changes(published: World) -> None:
    published.now = AFTERWARDS
    before = at_once(published)
    published.add_rule("them", kind="max", ms=60_000, period="day", tier="district")
    published.withdraw("b0001")
    after = at_once(published)
    assert after == {code: explained(published, code) for code in STATIONS}
    assert after["h654"] != before["h654"]
