"""Campaigns over HTTP."""

from tests.server.api.conftest import Client


def test_a_campaign_is_added_shown_changed_and_weighs_in_its_months(api: Client) -> None:
    assert api.get("/api/v1/campaigns").json() == []
    given = {"code": "cchc", "name": "CCHC", "legal_ground": "Kế hoạch", "valid_from": "2026-12-01"}
    added = api.post("/api/v1/campaigns", json=given)
    assert added.status_code == 201
    assert added.json()["weights"]["topics"] == 4
    changed = api.patch("/api/v1/campaigns/cchc", json={"weights": {"topics": 9}, "valid_to": "2026-12-31"})
    assert (changed.status_code, changed.json()["weights"]["topics"]) == (200, 9)
    assert api.get("/api/v1/campaigns/cchc").json() == changed.json() == api.get("/api/v1/campaigns").json()[0]
    assert api.get("/api/v1/plans/2026-12/instance").json()["weights"]["topics"] == 9
    counting = {"counts_from": "logged", "tolerances": {"late_ms": 90_000}, "heard_from": 0.95}
    now = api.patch("/api/v1/campaigns/cchc", json=counting).json()
    assert (now["counts_from"], now["tolerances"]["late_ms"], now["tolerances"]["short_ms"]) == (
        "logged",
        90_000,
        3_000,
    )
    assert api.get("/api/v1/proof/2026-12").json()["stations"][0]["verdicts"][0]["policy"] == "logged"
    api.patch(
        "/api/v1/campaigns/cchc",
        json={"counts_from": "reported", "tolerances": {"late_ms": 120_000}, "heard_from": 2},
    )
    open_end = api.patch("/api/v1/campaigns/cchc", json={"valid_to": None}).json()
    assert open_end == changed.json() | {"valid_to": None}


def test_what_is_wrong_with_a_campaign_is_said(api: Client) -> None:
    given = {"code": "cchc", "name": "CCHC", "legal_ground": "Kế hoạch"}
    cases = [
        ({"weights": {"topic": 1}}, 400, "campaign.unknown_weight"),
        ({"weights": {"topics": -1}}, 400, "field.bad"),
        ({"weights": {"topics": "nhiều"}}, 400, None),
        ({"weights": 4}, 400, None),
        ({"colour": "red"}, 400, None),
        ({"seed": 2**70}, 400, None),
        ({"tolerances": {"later_ms": 1}}, 400, "campaign.unknown_tolerance"),
        ({"tolerances": {"late_ms": -1}}, 400, "field.bad"),
        ({"tolerances": {"match_ms": 60_000}}, 400, "field.bad"),  # less than what is late
        ({"counts_from": "planned"}, 400, "field.bad"),
        ({"heard_from": 0.1}, 400, "field.bad"),
        ({"valid_from": "hôm nay"}, 400, None),
    ]
    for wrong, status, code in cases:
        answer = api.post("/api/v1/campaigns", json=given | wrong)
        assert answer.status_code == status, (wrong, answer.text)
        assert code in {None, answer.json()["code"]}
    assert api.post("/api/v1/campaigns", content=b'{"code":"a","weights":{"topics":1e999}}').status_code == 400
    assert api.post("/api/v1/campaigns", json={"code": "cchc"}).json()["code"] == "field.bad"
    assert api.get("/api/v1/campaigns").json() == []
    assert api.get("/api/v1/campaigns/cchc").status_code == 404
    api.post("/api/v1/campaigns", json=given)
    assert api.post("/api/v1/campaigns", json=given).json()["code"] == "campaign.exists"
    shared = api.post("/api/v1/campaigns", json=given | {"code": "khac"})
    assert (shared.status_code, shared.json()["code"]) == (409, "campaign.month_shared")
