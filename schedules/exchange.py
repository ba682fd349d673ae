"""Reading and writing the exchange formats `loa-instance/1` and `loa-plan/1`."""

import codecs
import json
import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from schedules.instance_faults import Fault, first_fault
from schedules.plan import Plan
from schedules.problem import Instance
from schedules.refusals import ScheduleRefusal


@dataclass(kw_only=True, eq=False)
class InvalidInstance(ScheduleRefusal):
    """The instance breaks the schema or refers to what is not there.

    `path` leads to the wrong field, as in `stations[3].sessions[0].relays`; `problem` is a stable word;
    `value` what stands there, None where it is no plain value.
    """

    code: ClassVar[str] = "instance.invalid"

    path: str
    problem: str
    value: str | int | float | bool | None


@dataclass(kw_only=True, eq=False)
class InvalidPlan(ScheduleRefusal):
    """The plan breaks its schema; fields as in InvalidInstance."""

    code: ClassVar[str] = "plan.invalid"

    path: str
    problem: str
    value: str | int | float | bool | None


_read_instance = msgspec.json.Decoder(Instance)
_read_plan = msgspec.json.Decoder(Plan)
# Who nests a hundred thousand lists in a field that is skipped over meets the last of them.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encoder = msgspec.json.Encoder(order="deterministic")

_PROBLEMS = (
    ("missing required field", "missing"),
    ("unknown field", "unknown_field"),
    ("Invalid enum value", "not_one_of"),
    ("Invalid RFC3339 encoded date -", "not_a_date"),
    ("Invalid RFC3339", "not_a_time"),
    ("Expected `datetime`", "not_a_time"),
    ("Invalid date", "not_a_date"),
    ("matching regex", "wrong_form"),
    ("timezone", "no_offset"),
    ("of length", "wrong_length"),
    ("Expected `int` >", "out_of_range"),
    ("Expected `int` <", "out_of_range"),
    ("Expected `float` >", "out_of_range"),
    ("Expected `float` <", "out_of_range"),
    ("out of range", "out_of_range"),
    ("Expected", "wrong_type"),
)


def read_instance(data: bytes) -> Instance:
    """Refuses with InvalidInstance what breaks the schema, and what is contradictory in itself.

    A byte order mark, as some editors put before UTF-8, is let pass.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        instance = _read_instance.decode(data)
    except _UNREADABLE as error:
        fault = _schema_fault(data, error)
        raise InvalidInstance(path=fault.path, problem=fault.problem, value=fault.value) from error
    _refuse_contradiction(instance)
    return instance


def check_instance(instance: Instance) -> None:
    """The checks of `read_instance` for an instance built in memory."""
    data = _encoder.encode(instance)
    try:
        _read_instance.decode(data)
    except msgspec.DecodeError as error:
        fault = _schema_fault(data, error)
        raise InvalidInstance(path=fault.path, problem=fault.problem, value=fault.value) from error
    _refuse_contradiction(instance)


def write_instance(instance: Instance) -> bytes:
    """UTF-8 JSON with a line end; the same value gives the same bytes."""
    # a whole number where a fraction may stand is written as what it is read back as: 1 as 1.0
    return _encoder.encode(_read_instance.decode(_encoder.encode(instance))) + b"\n"


def read_plan(data: bytes) -> Plan:
    """Refuses with InvalidPlan what breaks the schema; fields that the schema does not name are dropped."""
    try:
        return _read_plan.decode(data)
    except _UNREADABLE as error:
        fault = _schema_fault(data, error)
        raise InvalidPlan(path=fault.path, problem=fault.problem, value=fault.value) from error


def write_plan(plan: Plan) -> bytes:
    """UTF-8 JSON with a line end; the same value gives the same bytes."""
    return _encoder.encode(plan) + b"\n"


def _refuse_contradiction(instance: Instance) -> None:
    fault = first_fault(instance)
    if fault is not None:
        raise InvalidInstance(path=fault.path, problem=fault.problem, value=fault.value)


def _schema_fault(data: bytes, error: Exception) -> Fault:
    """msgspec tells place and fault in one sentence; the parts are what a form or a sentence needs."""
    if not isinstance(error, msgspec.ValidationError):
        return Fault("", "not_json", None)
    sentence = str(error)
    problem = next((word for part, word in _PROBLEMS if part in sentence), "wrong")
    place = re.search(r" - at `\$?(.*)`$", sentence)
    path = place[1].removeprefix(".") if place else ""
    document = _document(data)
    if "[...]" in path:
        path = path.split("[...]", maxsplit=1)[0]
        shares = _at(document, path)
        wrong = next((name for name in shares if not _is_share(shares[name])), "") if isinstance(shares, dict) else ""
        path = f"{path}.{wrong}" if wrong else path
    field = re.search(r"field `([^`]*)`", sentence)
    if field is not None:
        path = f"{path}.{field[1]}" if path else field[1]
    value = _at(document, path)
    if not isinstance(value, str | int | float | bool) or (isinstance(value, float) and not math.isfinite(value)):
        value = None
    return Fault(path, problem, value)


def _document(data: bytes) -> Any:
    """To look up what stands at a path; None where it holds what not even this reader takes."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _at(document: Any, path: str) -> Any:
    value = document
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value
