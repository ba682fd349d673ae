"""A change of a slot as a form sends it, on whichever page: read, tried or stored, and answered.

Nothing is remembered between two forms: what was typed goes back into the page with the answer.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from schedules.editing import AddSlot, AlterSlot, Change, LockSlot, RemoveSlot
from schedules.instants import MINUTE_MS
from schedules.months import Month
from server.api.asked import day_of
from server.errors import REFUSALS, answer
from server.services.context import Context
from server.services.editing import EditView, edit_draft
from server.services.local_time import ZONE
from server.services.plain_text import shown
from server.services.refusals import BadField, ChangeBreaks, DraftChanged, UnknownStation
from server.services.slot_candidates import filling_of, new_filling
from server.services.undoing import undo_change
from server.texts import _

STORE, TRY = "luu", "xem-truoc"
_MOST_SEGMENTS = 100
_CLOCK = re.compile(r"(\d{1,2})[:hg](\d{2})")
_LENGTH = re.compile(r"(\d{1,3})(?::([0-5]\d))?")


class SlotForm(Struct, frozen=True, kw_only=True):
    """What was typed, as it was typed. `action` is a key of ACTIONS, `to` a start that was offered, in ISO 8601."""

    action: str = ""
    version: str = ""
    slot: str = ""
    column: str = ""
    day: str = ""
    clock: str = ""
    length: str = ""
    segments: tuple[str, ...] = ()
    entry: str = ""
    to: str = ""

    @property
    def fields(self) -> list[tuple[str, str]]:
        """To be sent again, without the start where another is offered."""
        named = [(name, getattr(self, field)) for name, field in _FIELDS.items()]
        return [*((name, value) for name, value in named if value), *(("bai", each) for each in self.segments)]


_FIELDS = {
    "viec": "action",
    "phien-ban": "version",
    "khung": "slot",
    "chuyen-muc": "column",
    "ngay": "day",
    "gio": "clock",
    "do-dai": "length",
    "lan": "entry",
}


class Told(Struct, frozen=True, kw_only=True):
    """What came of a form: `edit` where it was tried or stored, else the refusal's `sentence` and better starts."""

    form: SlotForm
    status: int = 200
    edit: EditView | None = None
    sentence: str = ""
    nearest: tuple[datetime, ...] = ()
    changed: bool = False
    """Somebody else changed the draft meanwhile."""


def form_of(data: Mapping[str, Any]) -> SlotForm:
    given = {field: _texts(data, name)[-1:] for name, field in {**_FIELDS, "toi": "to"}.items()}
    segments = tuple(text for text in _texts(data, "bai") if text)[:_MOST_SEGMENTS]
    return SlotForm(**{field: found[0].strip()[:100] for field, found in given.items() if found}, segments=segments)


def outcome(context: Context, code: str, month: Month, form: SlotForm, *, store: bool) -> Told:
    """Raises UnknownStation; what else is refused is told."""
    try:
        return Told(form=form, edit=_done(context, code, month, form, store=store))
    except UnknownStation:
        raise
    except ChangeBreaks as refusal:
        # In words alone: the places are buttons beside them, and the constraint's number tells a planner nothing.
        sentence = refusal.sentence + " " + _("Chưa lưu gì.") if store else refusal.sentence
        places = tuple(datetime.fromisoformat(place) for place in refusal.nearest)
        return Told(form=form, status=answer(refusal).http, sentence=sentence, nearest=places)
    except REFUSALS as refusal:
        told = answer(refusal)
        changed = isinstance(refusal, DraftChanged)
        sentence = _changed() if changed else told.sentence
        return Told(form=form, status=told.http, sentence=sentence, changed=changed)


def _changed() -> str:
    return _(
        "Có người vừa sửa lịch tháng này. Điều bạn vừa làm chưa được lưu, và không ghi đè gì của người kia; lịch trên trang nay là bản mới nhất, hãy xem rồi làm lại."
    )


def _done(context: Context, code: str, month: Month, form: SlotForm, *, store: bool) -> EditView:
    version = _number("version", form.version) if form.version else None
    if form.action == "hoan-tac":
        return undo_change(context, code, month, _number("entry", form.entry), version=version, store=store)
    make = ACTIONS.get(form.action)
    if make is None:
        raise BadField(field="action", value=shown(form.action), expected=", ".join(ACTIONS))
    return edit_draft(context, month, make(context, code, month, form), version=version, store=store)


def _add(context: Context, code: str, month: Month, form: SlotForm) -> Change:
    start = start_of(form)
    segments = form.segments
    if not segments:
        length = length_of(form.length)
        segments = tuple(new_filling(context, code, month, form.column, start, length_ms=length))
    return AddSlot(station=code, column=form.column, start=start, segments=segments)


def _move(_context: Context, code: str, _month: Month, form: SlotForm) -> Change:
    return AlterSlot(station=code, slot=form.slot, start=start_of(form))


def _resize(context: Context, code: str, month: Month, form: SlotForm) -> Change:
    start = start_of(form) if form.to or form.clock else None
    segments = filling_of(context, code, month, form.slot, length_ms=length_of(form.length), start=start)
    return AlterSlot(station=code, slot=form.slot, start=start, segments=tuple(segments))


def _refill(_context: Context, code: str, _month: Month, form: SlotForm) -> Change:
    start = start_of(form) if form.to else None
    return AlterSlot(station=code, slot=form.slot, start=start, segments=form.segments)


ACTIONS: dict[str, Callable[[Context, str, Month, SlotForm], Change]] = {
    "them": _add,
    "doi": _move,
    "dai": _resize,
    "bai": _refill,
    "bo": lambda _context, code, _month, form: RemoveSlot(station=code, slot=form.slot),
    "khoa": lambda _context, code, _month, form: LockSlot(station=code, slot=form.slot, locked=True),
    "mo": lambda _context, code, _month, form: LockSlot(station=code, slot=form.slot, locked=False),
}


def with_filling(context: Context, code: str, month: Month, form: SlotForm) -> SlotForm:
    """A new slot's form with the segments that were found for it, so that what is stored is what was shown."""
    if form.action != "them" or form.segments:
        return form
    try:
        found = new_filling(context, code, month, form.column, start_of(form), length_ms=length_of(form.length))
    except REFUSALS:
        return form  # which the change is refused for too
    return replace(form, segments=tuple(found))


def length_of(text: str) -> int:
    """Milliseconds of what was typed as minutes, or minutes:seconds. Raises BadField."""
    found = _LENGTH.fullmatch(text)
    if found is None or not int(found[1]) * 60 + int(found[2] or 0):
        raise BadField(field="length", value=shown(text), expected=_("số phút, ví dụ 5, hoặc phút:giây, ví dụ 5:30"))
    return int(found[1]) * MINUTE_MS + int(found[2] or 0) * 1000


def start_of(form: SlotForm) -> datetime:
    """Raises BadField."""
    if form.to:
        try:
            start = datetime.fromisoformat(form.to)
            if start.tzinfo is not None:
                return start.astimezone(ZONE)
        except (ValueError, OverflowError):
            pass  # told below
        raise BadField(field="start", value=shown(form.to), expected="ISO 8601")
    found = _CLOCK.fullmatch(form.clock)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadField(field="clock", value=shown(form.clock), expected=_("giờ viết giờ:phút, ví dụ 05:10"))
    day = day_of(form.day)
    return datetime(day.year, day.month, day.day, int(found[1]), int(found[2]), tzinfo=ZONE)


def _number(field: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise BadField(field=field, value=shown(text), expected=_("một số"))
    return int(text)


def _texts(data: Mapping[str, Any], name: str) -> list[str]:
    value = data.get(name)
    return [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]
