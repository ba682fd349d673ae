"""People for the sample province, one for each role, so that whoever tries Loa can see it through everybody's eyes."""

import secrets
from dataclasses import dataclass

from msgspec import Struct
from sqlmodel import col, select

from server.db.accounts import Account
from server.db.registry import Organisation, UnitVersion
from server.services import passwords
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.rights import Role
from server.services.rows import identity
from server.services.sessions import grant_role

# Read aloud and typed from a console: no letters that look alike.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _EACH = 4, 4
# The district of the sketches, until 2025; after that the commune that has its name.
_UNIT_NAMES = ("Huyện Krông Pắc", "Xã Krông Pắc")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    login: str
    name: str
    organisation: str
    role: Role


# Called by what they do: nobody is made up. A lead for each organisation that answers for topics.
_PEOPLE = (
    _Person(login="quan-tri", name="Quản trị (mẫu)", organisation="so-tttt", role=Role.ADMINISTRATOR),
    _Person(login="giam-sat", name="Giám sát (mẫu)", organisation="so-tttt", role=Role.MONITOR),
    _Person(login="lap-lich", name="Lập lịch (mẫu)", organisation="so-tttt", role=Role.PLANNER),
    _Person(login="chu-tri", name="Chủ trì, Sở Nội vụ (mẫu)", organisation="so-noi-vu", role=Role.LEAD),
    _Person(login="chu-tri-tu-phap", name="Chủ trì, Sở Tư pháp (mẫu)", organisation="so-tu-phap", role=Role.LEAD),
    _Person(
        login="chu-tri-van-phong",
        name="Chủ trì, Văn phòng UBND tỉnh (mẫu)",
        organisation="van-phong-ubnd",
        role=Role.LEAD,
    ),
    _Person(login="chu-tri-tttt", name="Chủ trì, Sở TT&TT (mẫu)", organisation="so-tttt", role=Role.LEAD),
    _Person(login="san-xuat", name="Sản xuất bài (mẫu)", organisation="so-tttt", role=Role.PRODUCER),
    _Person(login="van-hanh", name="Vận hành đài Krông Pắc (mẫu)", organisation="so-tttt", role=Role.OPERATOR),
    _Person(login="kiem-toan", name="Kiểm toán (mẫu)", organisation="van-phong-ubnd", role=Role.AUDITOR),
)


class SampleAccount(Struct, frozen=True, kw_only=True):
    """`password` is told here and nowhere else."""

    login: str
    name: str
    organisation: str
    role: str
    password: str


def add_sample_accounts(context: Context) -> list[SampleAccount]:
    """With passwords of their own in each installation; nothing where there are accounts already."""
    with context.database.read() as session:
        if session.exec(select(Account.id)).first() is not None:
            return []
    chosen = {person.login: _password() for person in _PEOPLE}
    kept = {login: passwords.hashed(password) for login, password in chosen.items()}
    at = context.clock()
    told: list[SampleAccount] = []
    with disk_refusals(context.home), context.database.write() as session:
        if session.exec(select(Account.id)).first() is not None:
            return []
        offices = {row.code: row for row in session.exec(select(Organisation))}
        unit = session.exec(
            select(UnitVersion.unit_id)
            .where(col(UnitVersion.name).in_(_UNIT_NAMES))
            .order_by(col(UnitVersion.level).desc(), col(UnitVersion.valid_from))
        ).first()
        for person in _PEOPLE:
            office = offices[person.organisation]
            account = Account(
                login=person.login,
                name=person.name,
                organisation_id=identity(office),
                password_hash=kept[person.login],
                password_set_at=at,
                sample=True,
                created_at=at,
                created_by=context.who.name,
            )
            session.add(account)
            session.flush()
            scope = unit if person.role is Role.OPERATOR else None
            grant_role(context, session, account, person.role, unit_id=scope)
            after = {"name": person.name, "organisation": office.code, "role": person.role, "sample": True}
            record(session, context, at=at, action="account.added", subject=person.login, after=after)
            told.append(
                SampleAccount(
                    login=person.login,
                    name=person.name,
                    organisation=office.name,
                    role=person.role,
                    password=chosen[person.login],
                )
            )
    return told


def _password() -> str:
    """About 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_EACH)) for _ in range(_GROUPS))
