"""Campaigns: weights, freeze and seed of the months they hold for, and what of them is refused."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from schedules.problem import Instance, Weights
from server.db.records import AuditEntry
from server.services.campaigns import (
    DEFAULT_WEIGHTS,
    CampaignChange,
    add_campaign,
    campaign_in,
    change_campaign,
    freeze_of,
    get_campaign,
    list_campaigns,
)
from server.services.context import Context
from server.services.instances import build_instance
from server.services.loading import load_sample
from server.services.plans import default_as_of, make_plan, publish_plan, station_month
from server.services.refusals import (
    BadField,
    CampaignExists,
    CampaignsShareMonth,
    DatabaseInUse,
    EndNotAfterStart,
    UnknownCampaign,
    UnknownWeight,
)
from tests.server.homes import TODAY
from tests.server.worlds import MONTH, World, local

GIVEN = CampaignChange(name="Tuyên truyền CCHC", legal_ground="Kế hoạch, mục III.4")


def dated(first: date | None, last: date | None) -> CampaignChange:
    return CampaignChange(name="Đợt", legal_ground="Kế hoạch", valid_from=first, valid_to=last)


def instance_of(world: World) -> Instance:
    with world.context.database.read() as session:
        return build_instance(session, MONTH, as_of=world.now)


def trail(world: World) -> list[AuditEntry]:
    with world.context.database.read() as session:
        return list(session.exec(select(AuditEntry).where(col(AuditEntry.action).startswith("campaign."))))


def test_a_month_is_planned_by_its_campaigns_weights_freeze_and_seed(district: World) -> None:
    add_campaign(
        district.context,
        "cchc",
        CampaignChange(
            name="CCHC",
            legal_ground="Kế hoạch",
            weights={"topics": 0, "age": 2.5},
            freeze_hours=48,
            seed=7,
            valid_from=MONTH.last_date,
        ),
    )
    instance = instance_of(district)
    assert instance.weights == Weights(topics=0, age=2.5)
    assert (instance.freeze_hours, instance.seed) == (48, 7)


def test_a_month_without_a_campaign_is_planned_by_the_defaults(district: World) -> None:
    add_campaign(district.context, "cchc", dated(MONTH.next().first_date, None))
    instance = instance_of(district)
    assert (instance.weights, instance.freeze_hours, instance.seed) == (Weights(), 24, 0)
    assert campaign_in(district.context, MONTH) is None


def repeats(world: World) -> int:
    """Airings at the district's station of segments that it airs before in the month."""
    make_plan(world.context, MONTH)
    aired = [item.segment for slot in station_month(world.context, "h654", MONTH).slots for item in slot.items]
    return len(aired) - len(set(aired))


def test_a_weight_that_is_changed_changes_the_next_plan(district: World) -> None:
    district.add_rule("muc-tieu", kind="target", ms=2_400_000, tier="district")
    add_campaign(district.context, "cchc", GIVEN)
    change_campaign(district.context, "cchc", CampaignChange(weights={"repetition": 0, "target": 50}))
    many = repeats(district)
    change_campaign(district.context, "cchc", CampaignChange(weights={"repetition": 50, "target": 0}))
    assert repeats(district) < many


def test_slots_within_the_campaigns_freeze_stay_as_they_are(published: World) -> None:
    add_campaign(published.context, "cchc", GIVEN)
    change_campaign(published.context, "cchc", CampaignChange(freeze_hours=744))
    before = station_month(published.context, "h654", MONTH).slots
    published.now = local("2026-12-01 00:00")
    held = {item.segment for slot in before for item in slot.items}
    for segment in sorted(held):
        published.withdraw(segment)
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    assert station_month(published.context, "h654", MONTH).slots == before


def test_a_month_that_is_over_is_planned_from_before_its_freeze(district: World) -> None:
    add_campaign(district.context, "cchc", CampaignChange(name="Đợt", legal_ground="Kế hoạch", freeze_hours=48))
    district.now = local("2027-02-01 08:00")
    assert default_as_of(district.context, MONTH) == local("2026-11-29 00:00")
    with district.context.database.read() as session:
        assert freeze_of(session, MONTH) == timedelta(hours=48)


def test_what_is_not_given_stays_and_the_trail_has_before_and_after(district: World) -> None:
    added = add_campaign(district.context, "cchc", GIVEN)
    assert added.weights == DEFAULT_WEIGHTS
    changed = change_campaign(
        district.context, "cchc", CampaignChange(weights={"topics": 9}, valid_from=date(2026, 1, 1))
    )
    assert changed.weights == DEFAULT_WEIGHTS | {"topics": 9}
    assert (changed.name, changed.valid_from) == (added.name, date(2026, 1, 1))
    again = change_campaign(district.context, "cchc", CampaignChange(weights={"age": 1}))
    assert again.weights == DEFAULT_WEIGHTS | {"topics": 9, "age": 1}
    first, second, third = trail(district)
    assert (first.action, first.subject, first.before) == ("campaign.added", "cchc", None)
    assert (second.action, second.before) == ("campaign.changed", first.after)
    assert third.before == second.after


def test_a_change_that_changes_nothing_leaves_no_trace(district: World) -> None:
    add_campaign(district.context, "cchc", GIVEN)
    change_campaign(district.context, "cchc", CampaignChange(weights={"topics": 4}, name=" Tuyên truyền  CCHC "))
    assert [entry.action for entry in trail(district)] == ["campaign.added"]


@pytest.mark.parametrize("weight", [-1, -0.001, 1000.5, float("nan"), float("inf")])
def test_a_weight_below_nothing_too_great_or_no_number_is_refused(district: World, weight: float) -> None:
    add_campaign(district.context, "cchc", GIVEN)
    with pytest.raises(BadField) as refused:
        change_campaign(district.context, "cchc", CampaignChange(weights={"topics": 1, "age": weight}))
    assert (refused.value.field, refused.value.expected) == ("weights.age", "number:0:1000")
    assert get_campaign(district.context, "cchc").weights == DEFAULT_WEIGHTS


def test_a_weight_that_nobody_knows_is_refused_with_those_there_are(district: World) -> None:
    with pytest.raises(UnknownWeight) as refused:
        add_campaign(district.context, "cchc", CampaignChange(name="Đợt", legal_ground="x", weights={"topic": 1}))
    assert refused.value.known == list(DEFAULT_WEIGHTS)
    assert list_campaigns(district.context) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (CampaignChange(name=""), "name"),
        (CampaignChange(legal_ground="một\nhai"), "legal_ground"),
        (CampaignChange(freeze_hours=-1), "freeze_hours"),
        (CampaignChange(freeze_hours=745), "freeze_hours"),
        (CampaignChange(freeze_hours=float("nan")), "freeze_hours"),
        (CampaignChange(seed=-1), "seed"),
        (CampaignChange(seed=2**31), "seed"),
    ],
)
def test_what_can_not_be_taken_is_refused_with_its_field(district: World, change: CampaignChange, field: str) -> None:
    add_campaign(district.context, "cchc", GIVEN)
    with pytest.raises(BadField) as refused:
        change_campaign(district.context, "cchc", change)
    assert refused.value.field == field


def test_a_campaign_needs_a_plain_code_a_name_and_a_ground(district: World) -> None:
    for code in ("", "CCHC", "cải-cách", "a" * 65, "a b", "-a"):
        with pytest.raises(BadField):
            add_campaign(district.context, code, GIVEN)
    with pytest.raises(BadField):
        add_campaign(district.context, "cchc", CampaignChange(name="Đợt"))
    with pytest.raises(BadField):
        add_campaign(district.context, "cchc", CampaignChange(legal_ground="Kế hoạch"))


def test_a_code_is_taken_once_and_an_unknown_one_is_told(district: World) -> None:
    add_campaign(district.context, "cchc", GIVEN)
    with pytest.raises(CampaignExists):
        add_campaign(district.context, "cchc", GIVEN)
    for ask in (get_campaign, lambda context, code: change_campaign(context, code, CampaignChange())):
        with pytest.raises(UnknownCampaign) as refused:
            ask(district.context, "khac")
        assert refused.value.known == ["cchc"]


@pytest.mark.parametrize(
    ("first", "last", "shares"),
    [
        (date(2026, 6, 30), None, True),
        (date(2026, 7, 1), None, False),
        (None, date(2026, 1, 1), True),
        (None, date(2025, 12, 31), False),
        (date(2026, 3, 1), date(2026, 3, 2), True),
        (None, None, True),
    ],
)
def test_each_month_belongs_to_one_campaign(
    district: World, first: date | None, last: date | None, *, shares: bool
) -> None:
    add_campaign(district.context, "cchc", dated(date(2026, 1, 15), date(2026, 6, 15)))
    if shares:
        with pytest.raises(CampaignsShareMonth) as refused:
            add_campaign(district.context, "khac", dated(first, last))
        assert refused.value.other == "cchc"
        assert [each.code for each in list_campaigns(district.context)] == ["cchc"]
    else:
        add_campaign(district.context, "khac", dated(first, last))
        assert len(list_campaigns(district.context)) == 2


def test_a_campaign_may_last_one_day_and_does_not_end_before_it_begins(district: World) -> None:
    add_campaign(district.context, "cchc", dated(date(2026, 12, 5), date(2026, 12, 5)))
    found = campaign_in(district.context, MONTH)
    assert found is not None
    assert found.code == "cchc"
    with pytest.raises(EndNotAfterStart):
        change_campaign(district.context, "cchc", CampaignChange(valid_to=date(2026, 12, 4)))


def test_the_sample_brings_the_plan_of_2021_with_the_planners_own_weights(province: Context) -> None:
    [campaign] = list_campaigns(province)
    assert (campaign.code, campaign.weights, campaign.sample) == ("cchc-2021", DEFAULT_WEIGHTS, True)
    assert (campaign.valid_from, campaign.valid_to) == (date(2021, 4, 1), None)
    assert "năm 2021 trên địa bàn tỉnh Đắk Lắk" in campaign.name
    assert "3242/QĐ-UBND" in campaign.legal_ground


def test_loading_the_sample_again_changes_nothing_of_a_campaign(own_province: Context) -> None:
    changed = change_campaign(own_province, "cchc-2021", CampaignChange(weights={"topics": 9}))
    with pytest.raises(DatabaseInUse):
        load_sample(own_province, structure="2021", today=TODAY)
    assert list_campaigns(own_province) == [changed]


def test_a_database_with_a_campaign_is_not_empty(empty: Context) -> None:
    add_campaign(empty, "cchc", GIVEN)
    with pytest.raises(DatabaseInUse):
        load_sample(empty, structure="2021", today=TODAY)
