"""Who signs a report, over which column, and on what legal ground."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, select

from server.db.library import ProgrammeColumn
from server.db.plans import AirtimeRule, Campaign
from server.db.registry import Organisation, OrganisationRole, UnitVersion
from server.reports.figures import Office
from server.services.listing import touches

_UNKNOWN = "……………………"


def office_of(session: Session, on: date, *, agency: str | None = None, maker: int | None = None) -> Office:
    """`agency`, else the organisation that monitors on that day, else `maker` by its key; and the province it is of."""
    monitor = session.exec(
        select(Organisation.name)
        .join(OrganisationRole, col(OrganisationRole.organisation_id) == col(Organisation.id))
        .where(OrganisationRole.role == "monitor")
        .where(touches(col(OrganisationRole.valid_from), col(OrganisationRole.valid_to), on, on))
        .order_by(col(Organisation.id))
    ).first()
    made_in = session.exec(select(Organisation.name).where(Organisation.id == maker)).first()
    province = session.exec(
        select(UnitVersion)
        .where(UnitVersion.level == "province")
        .where(touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), on, on))
    ).first()
    kind, place = (province.kind, province.name) if province else ("tỉnh", _UNKNOWN)
    place = place.removeprefix(f"{kind.capitalize()} ")
    return Office(
        agency_over=f"UBND {kind.lower()} {place}",
        agency=agency or monitor or made_in or _UNKNOWN,
        place=place,
        number="BC-",
        signer_title="Giám đốc",
        recipients=("UBND tỉnh;", "Sở Nội vụ;", "Lưu: VT."),
    )


def column_of(session: Session, rules: Iterable[str]) -> str:
    """The name of the column that most of these rules, one for each station that has it, are about."""
    counted = Counter(rules)
    columns = dict(
        session.exec(
            select(AirtimeRule.code, ProgrammeColumn.name)
            .join(ProgrammeColumn, col(ProgrammeColumn.id) == col(AirtimeRule.column_id))
            .order_by(col(AirtimeRule.kind))
        ).all()
    )
    return next((columns[rule] for rule, _ in counted.most_common() if rule in columns), "")


def rule_names(session: Session) -> dict[str, str]:
    """By code."""
    return dict(session.exec(select(AirtimeRule.code, AirtimeRule.name)).all())


def grounds_of(session: Session, campaign: Campaign | None, first: date, last: date) -> tuple[str, ...]:
    rules = session.exec(
        select(AirtimeRule.legal_ground)
        .where(touches(col(AirtimeRule.valid_from), col(AirtimeRule.valid_to), first, last))
        .where(AirtimeRule.kind == "min")
        .order_by(col(AirtimeRule.code))
    )
    grounds = [campaign.legal_ground] if campaign else []
    return tuple(dict.fromkeys(each for each in (*grounds, *rules) if each))
