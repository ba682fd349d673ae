"""Accounts and roles: added, narrowed, ended; and that somebody always can administer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from server.db.accounts import Account, OneTimeLink
from server.db.records import AuditEntry
from server.services import accounts, one_time_links, passwords, sessions
from server.services.account_refusals import (
    AccountDisabled,
    AccountExists,
    LastAdministrator,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    PasswordRefused,
    RoleHeld,
    RoleTakesNoScope,
    TooManyTries,
    UnknownAccount,
    UnknownGrant,
    UnknownSession,
    WrongPassword,
)
from server.services.account_views import list_roles
from server.services.accounts import NewAccount
from server.services.context import Context
from server.services.hidden import hash_of
from server.services.login_tries import LoginTries
from server.services.refusals import BadField, EndNotAfterStart, UnknownOrganisation, UnknownTopic, UnknownUnit
from server.services.rights import Role
from server.services.role_grants import NewRole, end_role, give_role
from server.services.sample_accounts import add_sample_accounts
from tests.server.databases import open_context
from tests.server.homes import NOW as SAMPLE_NOW
from tests.server.homes import copy_home, open_home
from tests.server.people import Person, acting, add_person

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
OLD, NEW = "ngựa pin ghim đúng", "bốn con cá vàng bơi"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(empty_home: Path, tmp_path: Path, clock: Clock) -> Iterator[Context]:
    opened = open_context(home=copy_home(empty_home, tmp_path / "home"), clock=clock)
    yield opened
    opened.close()


def given(login: str = "hoa.nt", **facts: str) -> NewAccount:
    return NewAccount(
        **{"login": login, "name": "Nguyễn Thị Hoa", "organisation": "snv", "organisation_name": "Sở Nội vụ", **facts}
    )


def with_password(context: Context, person: Person, password: str = OLD) -> Person:
    with context.database.write() as session:
        row = session.get_one(Account, person.key)
        row.password_hash, row.password_set_at = passwords.hashed(password), NOW
        session.add(row)
    return person


def administrator(context: Context, login: str = "quan-tri") -> Person:
    return with_password(context, add_person(context, login, [Role.ADMINISTRATOR]))


def actions(context: Context) -> list[str]:
    with context.database.read() as session:
        return list(session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id))))


def test_an_account_is_added_with_its_organisation_and_shown(context: Context) -> None:
    added = accounts.add_account(context, given(" Hoa.NT ", email="hoa@daklak.gov.vn"))
    assert (added.login, added.organisation, added.organisation_name) == ("hoa.nt", "snv", "Sở Nội vụ")
    assert not added.has_password
    assert added.roles == []
    assert accounts.get_account(context, "hoa.nt") == added
    assert actions(context) == ["organisation.added", "account.added"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", "ab"),
        ("login", "a" * 41),
        ("login", "hòa"),
        ("login", "-abc"),
        ("login", "a b c"),
        ("login", "abc\n"),
        ("login", ""),
        ("name", ""),
        ("name", "x" * 101),
        ("name", "a\0b"),
        ("email", "khong phai"),
        ("email", "a@b"),
        ("email", "a@b.c\r\nBcc: x@y.z"),
        ("organisation", "Sở Nội vụ"),
    ],
)
def test_what_an_account_cannot_be_called_is_refused(context: Context, field: str, value: str) -> None:
    if field == "login" and value == "abc\n":
        assert accounts.add_account(context, given(value)).login == "abc"  # what a form adds around it goes
        return
    with pytest.raises(BadField) as refused:
        accounts.add_account(context, given(**{field: value}))
    assert refused.value.field == field
    assert actions(context) == []


def test_a_login_is_one_accounts_and_an_organisation_must_be_there(context: Context) -> None:
    accounts.add_account(context, given())
    with pytest.raises(AccountExists):
        accounts.add_account(context, given("HOA.NT"))
    with pytest.raises(UnknownOrganisation):
        accounts.add_account(context, given("khac", organisation="khong-co", organisation_name=" "))
    with pytest.raises(UnknownAccount):
        accounts.get_account(context, "khac")


def test_the_list_is_in_vietnamese_order_and_searched_without_marks(context: Context) -> None:
    for login, name in (("mot1", "Trần Đức"), ("hai2", "Trần Dân"), ("ba33", "Ân Thị Ổi")):
        accounts.add_account(context, given(login, name=name))
    give_role(context, "mot1", NewRole(role="monitor"))
    give_role(context, "hai2", NewRole(role="monitor", valid_to=TODAY))
    accounts.disable_account(context, "ba33")

    def found(**asked: str) -> list[str]:
        return [each.login for each in accounts.list_accounts(context, limit=10, **asked).items]  # type: ignore[arg-type]  # texts alone are asked for

    assert found() == ["ba33", "hai2", "mot1"]
    assert found(query="tran d") == ["hai2", "mot1"]
    assert found(query="oi") == ["ba33"]
    assert found(role="monitor") == ["mot1"]
    assert found(state="disabled") == ["ba33"]
    assert accounts.list_accounts(context, limit=1, offset=1).total == 3
    with pytest.raises(BadField):
        found(role="chủ tịch")


# Roles.


def test_a_role_is_given_narrowed_and_ended(own_province: Context) -> None:
    accounts.add_account(own_province, given(organisation="so-noi-vu"))
    unit = NewRole(role="operator", unit="654", valid_from=date(2026, 1, 1), valid_to=date(2027, 1, 1))
    [operator] = give_role(own_province, "hoa.nt", unit).roles
    assert (operator.unit_name, operator.unit_now, operator.holds) == ("Huyện Krông Pắc", [], True)
    lead = give_role(own_province, "hoa.nt", NewRole(role="lead", topic="c01", organisation="so-tu-phap")).roles[-1]
    assert (lead.topic, lead.organisation) == ("c01", "so-tu-phap")
    after = end_role(own_province, "hoa.nt", operator.id)
    assert [role.role for role in after.roles] == ["lead"]
    assert end_role(own_province, "hoa.nt", operator.id) == after
    [later] = end_role(own_province, "hoa.nt", lead.id, last_day=TODAY).roles
    assert (later.valid_to, later.holds) == (TODAY + timedelta(days=1), True)
    assert actions(own_province)[-4:] == ["role.granted", "role.granted", "role.ended", "role.ended"]


def test_the_same_role_is_not_held_twice_on_a_day(context: Context) -> None:
    accounts.add_account(context, given())
    give_role(context, "hoa.nt", NewRole(role="monitor", valid_from=date(2026, 1, 1), valid_to=date(2026, 7, 1)))
    give_role(context, "hoa.nt", NewRole(role="monitor", valid_from=date(2026, 7, 1)))
    for first, last in ((None, None), (date(2026, 6, 30), date(2026, 7, 1)), (date(2030, 1, 1), None)):
        with pytest.raises(RoleHeld):
            give_role(context, "hoa.nt", NewRole(role="monitor", valid_from=first, valid_to=last))
    give_role(context, "hoa.nt", NewRole(role="monitor", valid_to=date(2026, 1, 1)))
    give_role(context, "hoa.nt", NewRole(role="auditor"))


@pytest.mark.parametrize(
    ("role", "refusal"),
    [
        (NewRole(role="vua"), BadField),
        (NewRole(role="producer", unit="654"), RoleTakesNoScope),
        (NewRole(role="operator", topic="c01"), RoleTakesNoScope),
        (NewRole(role="monitor", organisation="khong-co"), UnknownOrganisation),
        (NewRole(role="operator", unit="999"), UnknownUnit),
        (NewRole(role="lead", topic="zz"), UnknownTopic),
        (NewRole(role="monitor", valid_from=TODAY, valid_to=TODAY), EndNotAfterStart),
    ],
)
def test_a_role_that_cannot_be_is_refused(context: Context, role: NewRole, refusal: type[Exception]) -> None:
    accounts.add_account(context, given())
    with pytest.raises(refusal):
        give_role(context, "hoa.nt", role)
    assert accounts.get_account(context, "hoa.nt").roles == []


def test_a_role_of_another_account_is_not_ended_by_its_number(context: Context) -> None:
    accounts.add_account(context, given())
    accounts.add_account(context, given("khac"))
    [role] = give_role(context, "hoa.nt", NewRole(role="monitor")).roles
    for number in (role.id + 1, 0, -1, 2**70):
        with pytest.raises(UnknownGrant):
            end_role(context, "hoa.nt", number)
    with pytest.raises(UnknownGrant):
        end_role(context, "khac", role.id)
    with pytest.raises(EndNotAfterStart):
        end_role(context, "hoa.nt", role.id, last_day=TODAY - timedelta(days=1))


def test_a_role_over_a_unit_that_was_merged_names_what_came_of_it(own_both: Context) -> None:
    accounts.add_account(own_both, given(organisation="so-noi-vu"))
    [role] = give_role(own_both, "hoa.nt", NewRole(role="operator", unit="654")).roles
    assert role.unit_name == "Huyện Krông Pắc"
    assert "Xã Krông Pắc" in role.unit_now


def test_the_table_of_roles_says_which_can_be_narrowed() -> None:
    table = {each.role: each for each in list_roles()}
    assert set(table) == set(Role)
    assert [role for role, each in table.items() if each.takes_topic] == ["lead"]
    assert not table["producer"].takes_unit
    assert table["operator"].takes_unit


# The last administrator.


def test_the_last_administrator_stays(context: Context) -> None:
    only = administrator(context)
    add_person(context, "chua-co", [Role.ADMINISTRATOR])  # without a password: cannot sign in
    own = acting(context, only)
    [role] = accounts.get_account(own, "quan-tri").roles
    with pytest.raises(LastAdministrator):
        accounts.disable_account(own, "quan-tri")
    with pytest.raises(LastAdministrator):
        end_role(own, "quan-tri", role.id)
    with pytest.raises(LastAdministrator):
        end_role(own, "quan-tri", role.id, last_day=TODAY + timedelta(days=300))
    assert accounts.get_account(own, "quan-tri").state == "active"
    assert actions(context) == []
    administrator(context, "thu-hai")
    assert end_role(own, "quan-tri", role.id).roles == []


def test_a_second_administrator_whose_role_ends_or_is_to_come_does_not_count(context: Context) -> None:
    administrator(context)
    second = with_password(context, add_person(context, "thu-hai"))
    give_role(context, second.login, NewRole(role="administrator", valid_from=TODAY + timedelta(days=1)))
    with pytest.raises(LastAdministrator):
        accounts.disable_account(context, "quan-tri")
    [role] = accounts.get_account(context, second.login).roles
    end_role(context, second.login, role.id)
    give_role(context, second.login, NewRole(role="administrator", valid_to=TODAY + timedelta(days=9)))
    with pytest.raises(LastAdministrator):
        accounts.disable_account(context, "quan-tri")


def test_an_administrator_may_give_roles_to_oneself_and_the_trail_says_so(context: Context) -> None:
    own = acting(context, administrator(context))
    give_role(own, "quan-tri", NewRole(role="planner"))
    with context.database.read() as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    assert (entry.actor, entry.subject, entry.facts["to_self"]) == ("quan-tri", "quan-tri", True)


# Disabling, sessions, one's own password.


def test_disabling_ends_the_sessions(context: Context) -> None:
    person = add_person(context, "hoa.nt", ["monitor"])
    assert sessions.who_of(context, hash_of(person.secret))
    assert accounts.disable_account(context, "hoa.nt").state == "disabled"
    assert sessions.who_of(context, hash_of(person.secret)) is None
    accounts.enable_account(context, "hoa.nt")
    assert sessions.who_of(context, hash_of(person.secret)) is None  # it does not come back
    accounts.enable_account(context, "hoa.nt")
    assert actions(context) == ["account.disabled", "account.enabled"]


def own_of(context: Context, person: Person) -> Context:
    known = sessions.who_of(context, hash_of(person.secret))
    assert known is not None
    return replace(context, who=known.who)


def test_ones_own_password_is_changed_with_the_present_one_and_ends_other_sessions(context: Context) -> None:
    person = with_password(context, add_person(context, "hoa.nt", ["monitor"]))
    other = add_person(context, "hoa.nt")
    own, tries = own_of(context, person), LoginTries()
    with pytest.raises(WrongPassword):
        accounts.change_own_password(own, tries, present=NEW, new=NEW)
    with pytest.raises(PasswordRefused):
        accounts.change_own_password(own, tries, present=OLD, new="ngắn")
    accounts.change_own_password(own, tries, present=OLD, new=NEW)
    assert sessions.who_of(context, hash_of(person.secret))
    assert sessions.who_of(context, hash_of(other.secret)) is None
    with context.database.read() as session:
        row = session.get_one(Account, person.key)
    assert passwords.fits(row.password_hash, NEW)
    with context.database.read() as session:
        said = str([entry.model_dump() for entry in session.exec(select(AuditEntry))])
    assert NEW not in said
    assert "argon2" not in said


def test_the_present_password_cannot_be_guessed_from_an_open_session(context: Context) -> None:
    own = own_of(context, with_password(context, add_person(context, "hoa.nt")))
    tries = LoginTries()
    for _ in range(5):
        with pytest.raises(WrongPassword):
            accounts.change_own_password(own, tries, present="x", new=NEW)
    with pytest.raises(TooManyTries):
        accounts.change_own_password(own, tries, present=OLD, new=NEW)


def test_ones_own_sessions_are_listed_and_ended_others_are_not(context: Context, clock: Clock) -> None:
    person = add_person(context, "hoa.nt")
    clock.now = NOW + timedelta(minutes=1)
    second, stranger = add_person(context, "hoa.nt"), add_person(context, "khac")
    own = own_of(context, person)
    mine, other = accounts.own_sessions(own)
    assert (mine.own, other.own) == (True, False)
    [foreign] = accounts.own_sessions(own_of(context, stranger))
    for number in (foreign.id, 999, 2**70):
        with pytest.raises(UnknownSession):
            accounts.end_own_session(own, number)
    accounts.end_own_session(own, other.id)
    assert sessions.who_of(context, hash_of(second.secret)) is None
    add_person(context, "hoa.nt")
    assert accounts.end_own_other_sessions(own) == 1
    assert [each.own for each in accounts.own_sessions(own)] == [True]
    assert accounts.end_sessions(context, "hoa.nt") == 1
    clock.now = NOW + timedelta(days=1)
    assert accounts.sessions_of(context, "khac") == []


# Links.


def secret_of(link: one_time_links.IssuedLink) -> str:
    return link.path.rpartition("/")[2]


def test_a_link_sets_the_password_once_and_ends_all_sessions(context: Context) -> None:
    person = add_person(context, "hoa.nt")
    link = one_time_links.issue_link(context, "hoa.nt")
    assert link.purpose == "invite"
    assert one_time_links.look_at_link(context, secret_of(link)).login == "hoa.nt"
    with pytest.raises(PasswordRefused):
        one_time_links.use_link(context, secret_of(link), "ngắn")
    assert one_time_links.use_link(context, secret_of(link), NEW) == "hoa.nt"
    assert sessions.who_of(context, hash_of(person.secret)) is None
    with pytest.raises(LinkUsed):
        one_time_links.use_link(context, secret_of(link), OLD)
    with pytest.raises(LinkUsed):
        one_time_links.look_at_link(context, secret_of(link))
    assert one_time_links.issue_link(context, "hoa.nt").purpose == "reset"
    with context.database.read() as session:
        kept = str([row.model_dump() for row in session.exec(select(OneTimeLink))])
        said = str([entry.model_dump() for entry in session.exec(select(AuditEntry))])
    assert secret_of(link) not in kept + said


def test_a_link_ends_by_time_by_a_newer_one_and_where_it_is_damaged(context: Context, clock: Clock) -> None:
    add_person(context, "hoa.nt")
    add_person(context, "khac")
    other = one_time_links.issue_link(context, "khac")
    first = one_time_links.issue_link(context, "hoa.nt", hours=24)
    second = one_time_links.issue_link(context, "hoa.nt", hours=24)
    with pytest.raises(LinkExpired):
        one_time_links.use_link(context, secret_of(first), NEW)
    for damaged in (secret_of(second)[:-1], secret_of(second) + "x", "", "\ud800"):
        with pytest.raises(LinkUnknown):
            one_time_links.use_link(context, damaged, NEW)
    clock.now = NOW + timedelta(hours=24)
    with pytest.raises(LinkExpired):
        one_time_links.look_at_link(context, secret_of(second))
    assert one_time_links.use_link(context, secret_of(other), NEW) == "khac"


def test_a_link_of_a_disabled_account_is_no_way_in(context: Context) -> None:
    add_person(context, "hoa.nt")
    link = one_time_links.issue_link(context, "hoa.nt")
    accounts.disable_account(context, "hoa.nt")
    with pytest.raises(AccountDisabled):
        one_time_links.use_link(context, secret_of(link), NEW)
    with pytest.raises(AccountDisabled):
        one_time_links.issue_link(context, "hoa.nt")


@pytest.mark.parametrize("hours", [0, -1, 169, 10**9])
def test_a_link_holds_an_hour_to_a_week(context: Context, hours: int) -> None:
    add_person(context, "hoa.nt")
    with pytest.raises(BadField):
        one_time_links.issue_link(context, "hoa.nt", hours=hours)


# The sample's people.


@pytest.mark.parametrize("structure", ["2021", "2025"])
def test_the_sample_has_somebody_for_each_role_with_a_password_of_their_own(
    structure: str, province_home: Path, province_2025_home: Path, tmp_path: Path
) -> None:
    home = copy_home(province_home if structure == "2021" else province_2025_home, tmp_path / "home")
    context = open_home(home, at=SAMPLE_NOW)
    told = add_sample_accounts(context)
    assert {each.role for each in told} == set(Role)
    assert len({each.password for each in told}) == len(told)
    views = {each.login: each for each in accounts.list_accounts(context, limit=100).items}
    assert all(each.sample and each.has_password for each in views.values())
    [operator] = views["van-hanh"].roles
    assert operator.unit_name in {"Huyện Krông Pắc", "Xã Krông Pắc"}
    assert views["san-xuat"].organisation != views["chu-tri"].organisation
    assert add_sample_accounts(context) == []
    with context.database.read() as session:
        row = session.exec(select(Account).where(Account.login == told[0].login)).one()
        said = str([entry.model_dump() for entry in session.exec(select(AuditEntry))])
    assert passwords.fits(row.password_hash, told[0].password)
    assert not any(each.password in said for each in told)
    context.close()


def test_where_there_are_accounts_the_sample_adds_none(context: Context) -> None:
    add_person(context, "hoa.nt")
    assert add_sample_accounts(context) == []
