"""What the OpenAPI document says of IP receivers is what the service takes and gives."""

from zoneinfo import ZoneInfo

import msgspec
from jsonschema import Draft202012Validator

from schedules.exports.source_system import ReceiverSchedule
from schedules.logs.source_system import read_source_system
from server.api.receivers import LOG_EXAMPLE, SCHEDULE_EXAMPLE
from tests.server.api.conftest import Client

ROOM = "/api/v1/stations/{code}/source-system"


def test_the_examples_are_what_is_given_and_what_is_taken(reader: Client) -> None:
    document = reader.get("/api/v1/openapi.json").json()
    given = document["paths"][f"{ROOM}/schedule"]["get"]["responses"]["200"]["content"]["application/json"]
    taken = document["paths"][f"{ROOM}/logs"]["post"]["requestBody"]["content"]["application/json"]
    for told, example in ((given, SCHEDULE_EXAMPLE), (taken, LOG_EXAMPLE)):
        assert [each["value"] for each in told["examples"].values()] == [example]
        Draft202012Validator({**told["schema"], "components": document["components"]}).validate(example)
    assert msgspec.convert(SCHEDULE_EXAMPLE, ReceiverSchedule, strict=True).station == "x24490"
    read = read_source_system(
        msgspec.json.encode(LOG_EXAMPLE), ZoneInfo("Asia/Ho_Chi_Minh"), stations={"x24490": "x24490"}, segments={}
    )
    assert (len(read.lines), read.refused) == (1, ())


def test_what_is_given_has_the_shape_of_the_example(reader: Client) -> None:
    answer = reader.get(f"{ROOM.format(code='h654')}/schedule?days=28")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == SCHEDULE_EXAMPLE.keys()
    assert msgspec.json.decode(answer.content, type=ReceiverSchedule).station == "h654"
