"""A slot as one file over HTTP: reached by its place in the plan, had by its hash."""

from tests.server.api.conftest import Client


def test_a_slot_is_one_file_with_a_name_to_save_it_by(reader: Client) -> None:
    slot = reader.get("/api/v1/plans/2026-12/stations/h654").json()["slots"][0]
    place = f"/api/v1/stations/h654/months/2026-12/slots/{slot['key']}/programme.mp3"
    answer = reader.get(place, follow_redirects=False)
    name = f"h654-{slot['starts_at'][:10]}-{slot['starts_at'][11:16].replace(':', '')}.mp3"
    assert answer.status_code == 307, answer.text
    assert answer.headers["content-disposition"] == f'inline; filename="{name}"'
    assert answer.headers["cache-control"] == "private, no-cache"
    part = reader.get(answer.headers["location"], headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"ID3", "audio/mpeg")
    assert part.headers["content-disposition"] == f'inline; filename="{name}"'
    assert "immutable" in part.headers["cache-control"]
    assert reader.get(place, follow_redirects=False).headers["location"] == answer.headers["location"]


def test_a_name_that_is_no_file_s_name_is_refused(reader: Client) -> None:
    sha256 = reader.get("/api/v1/segments/b0001").json()["audio"]["broadcast_sha256"]
    for name in ('a".mp3', "..", "a\r\nb", "a\n", "ă.mp3", "", "x" * 130):
        answer = reader.get(f"/api/v1/audio/{sha256}.mp3", params={"name": name})
        assert answer.status_code == 400, name
        assert answer.json()["facts"]["fields"][0]["field"] == "name"


def test_a_slot_that_is_not_there_is_a_problem(reader: Client) -> None:
    place = "/api/v1/stations/h654/months/{}/slots/h654.20261201T0001/programme.mp3"
    assert reader.get(place.format("2026-12")).json()["code"] == "slot.unknown"
    assert reader.get(place.format("2027-01")).json()["code"] == "plan.not_published"
    assert reader.get(place.format("2026-13")).status_code == 400
