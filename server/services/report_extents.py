"""What reports there can be of a period: the province's, each district's, each leading organisation's."""

from msgspec import Struct
from sqlmodel import Session, col, select

from server.db.library import Topic
from server.db.registry import Organisation, UnitVersion
from server.services.context import Context
from server.services.listing import touches
from server.services.local_time import local_today
from server.services.report_periods import extent_of
from server.services.rights import Right
from server.services.scopes import has_everywhere, led_organisations


class ExtentView(Struct, frozen=True, kw_only=True):
    """`text` is province, district:654 or lead:so-noi-vu; `name` empty for the province."""

    text: str
    kind: str
    name: str


def extents_of(context: Context) -> list[ExtentView]:
    """Those that who asks may make, of units as they are today."""
    on = local_today(context)
    with context.database.read() as session:
        leads = _leads(session)
        if not has_everywhere(context.who, Right.REPORTS_MAKE, on):
            own = led_organisations(session, context.who, Right.REPORTS_MAKE, on)
            return [each for each in leads if each.text.removeprefix("lead:") in own]
        districts = session.exec(
            select(UnitVersion.code, UnitVersion.name)
            .where(UnitVersion.level == "district")
            .where(touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), on, on))
            .order_by(col(UnitVersion.sort_key))
        )
        return [
            ExtentView(text=extent_of().text, kind="province", name=""),
            *leads,
            *(ExtentView(text=extent_of(district=code).text, kind="district", name=name) for code, name in districts),
        ]


def _leads(session: Session) -> list[ExtentView]:
    rows = session.exec(
        select(Organisation.code, Organisation.name)
        .where(col(Organisation.id).in_(select(Topic.lead_organisation_id)))
        .order_by(col(Organisation.name))
    )
    return [ExtentView(text=extent_of(lead=code).text, kind="lead", name=name) for code, name in rows]
