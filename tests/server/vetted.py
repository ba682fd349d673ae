"""Approving in tests what must be approved: by somebody else than its maker, who leads for every topic."""

from dataclasses import replace
from datetime import date

from sqlmodel import col, select

from server.db.intake import SegmentVersion
from server.db.library import Segment, Topic
from server.db.registry import Organisation
from server.services import vetting
from server.services.context import Context
from server.services.rows import identity
from server.services.views import SegmentView
from server.services.who import LOCAL
from tests.server.worlds import World

# All rights, and made nothing.
ANOTHER = replace(LOCAL, name="nguoi-duyet")


def approve(context: Context, code: str, number: int = 1, *, by: str = ANOTHER.name) -> SegmentView:
    return vetting.approve(replace(context, who=replace(ANOTHER, name=by)), code, number)


def approve_all(context: Context) -> list[SegmentView]:
    """Whatever waits, the oldest first."""
    with context.database.read() as session:
        waiting = session.exec(
            select(Segment.code, SegmentVersion.number)
            .join(SegmentVersion, col(SegmentVersion.segment_id) == col(Segment.id))
            .where(SegmentVersion.state == "submitted")
            .order_by(col(SegmentVersion.id))
        ).all()
    return [approve(context, code, number) for code, number in waiting]


def lead_topics(world: World, *, by: str = "snv") -> None:
    """The organisation answers for every topic of the world."""
    with world.change() as session:
        office = session.exec(select(Organisation).where(Organisation.code == by)).one()
        for topic in session.exec(select(Topic)):
            topic.lead_organisation_id = identity(office)
            session.add(topic)


def add_draft(
    world: World,
    code: str,
    *,
    made_by: str = "nguoi-gui",
    priority: str = "normal",
    topic: str = "mot-cua",
    tone: bool = False,
    valid_to: date | None = None,
) -> None:
    """A segment whose only recording passed its checks and was not handed in."""
    world.add_segment(code, topic=topic, priority=priority, tone=tone, seconds=20, valid_to=valid_to)
    with world.change() as session:
        segment = session.exec(select(Segment).where(Segment.code == code)).one()
        segment.state, segment.audio_id = "draft", None
        [version] = session.exec(select(SegmentVersion).where(SegmentVersion.segment_id == identity(segment))).all()
        version.state, version.made_by = "draft", made_by
        session.add_all([segment, version])


def add_newer(world: World, code: str, *, made_by: str = "nguoi-gui") -> int:
    """A further draft of the segment, with a sound of its own; its number."""
    name = f"{code}-{made_by}-moi"
    with world.change() as session:
        audio = world._audio(session, name, 25, tone=False)
        segment = session.exec(select(Segment).where(Segment.code == code)).one()
        numbers = session.exec(select(SegmentVersion.number).where(SegmentVersion.segment_id == identity(segment)))
        number = max(numbers) + 1
        session.add(
            SegmentVersion(
                segment_id=identity(segment),
                number=number,
                state="draft",
                step="done",
                progress=100,
                file_name=f"{name}.wav",
                size=1,
                audio_id=audio,
                made_by=made_by,
                created_at=world.now,
                updated_at=world.now,
                ended_at=world.now,
            )
        )
        return number
