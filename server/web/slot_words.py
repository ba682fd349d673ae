"""A slot's change in words: what it is, why a slot stays, what the change is worth to the station's month."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from server import formats
from server.services.editing import EditedStationView, EditView, WorthView
from server.services.local_time import ZONE
from server.services.naming import listed
from server.services.term_sentences import percent, term_words
from server.services.undoing import HandChange, ToldSlot
from server.services.views import SlotView
from server.texts import _
from server.web.words import Status

_EVEN = 0.0005


class Effect(Struct, frozen=True, kw_only=True):
    """Something that the change makes better or worse."""

    name: str
    before: str
    after: str
    told: Status


def when(moment: datetime) -> str:
    """«05:10 Thứ Ba 08/12»"""
    local = moment.astimezone(ZONE)
    return f"{formats.clock(local, ZONE)} {formats.weekday(local.date())} {local:%d/%m}"


def holiday(code: str) -> str:
    return {
        "new_year": _("Tết Dương lịch"),
        "tet": _("Tết Nguyên đán"),
        "hung_kings": _("Giỗ Tổ Hùng Vương"),
        "reunification": _("Ngày Chiến thắng"),
        "labour": _("Quốc tế Lao động"),
        "national_day": _("Quốc khánh"),
    }.get(code, code)


def stays(why: str) -> str:
    """Why the slot can't be changed."""
    return {
        "relayed": _("tiếp âm: chỉ sửa được ở lịch của đài được tiếp âm"),
        "begun": _("đã đến giờ phát, không sửa được nữa"),
        "locked": _("đang khóa: muốn sửa thì mở khóa trước"),
        "near": _("đã công bố và quá gần giờ phát, phải giữ nguyên"),
    }.get(why, why)


def what(edit: EditView) -> str:
    """The change of the station's own slot, for example «Dời khung 05:10 Thứ Ba 08/12 đến 17:00 Thứ Tư 09/12»."""
    change = edit.stations[0].slots[0]
    return _sentence(_facts(change.before), _facts(change.after))


def what_was_done(change: HandChange) -> str:
    return _sentence(_facts(change.before), _facts(change.after))


class _Facts(Struct, frozen=True, kw_only=True):
    starts_at: datetime
    length_ms: int
    segments: list[str]
    locked: bool


def _facts(slot: SlotView | ToldSlot | None) -> _Facts | None:
    if slot is None:
        return None
    segments = slot.segments if isinstance(slot, ToldSlot) else [item.segment for item in slot.items]
    return _Facts(starts_at=slot.starts_at, length_ms=slot.length_ms, segments=segments, locked=slot.locked)


def _sentence(before: _Facts | None, after: _Facts | None) -> str:
    if before is None or after is None:
        there = after or before
        assert there is not None  # noqa: S101 (one of them is always there)
        facts = {"slot": when(there.starts_at), "length": formats.length(there.length_ms)}
        return _("Thêm khung {slot}, dài {length}", **facts) if after else _("Bỏ khung {slot}, dài {length}", **facts)
    if before.locked != after.locked:
        told = _("Khóa khung {slot}") if after.locked else _("Mở khóa khung {slot}")
    elif before.segments == after.segments:
        told = _("Dời khung {slot} đến {place}")
    elif sorted(before.segments) == sorted(after.segments):
        told = _("Đổi thứ tự bài của khung {slot}")
    elif after.segments[: len(before.segments)] == before.segments:
        told = _("Kéo dài khung {slot} từ {before} thành {after}")
    elif before.segments[: len(after.segments)] == after.segments:
        told = _("Rút ngắn khung {slot} từ {before} còn {after}")
    else:
        told = _("Thay bài của khung {slot}, dài {after} (trước {before})")
    return told.format(
        slot=when(before.starts_at),
        place=when(after.starts_at),
        before=formats.length(before.length_ms),
        after=formats.length(after.length_ms),
    )


def relaying(edit: EditView) -> str:
    """Who else gets the change: nothing where nobody does."""
    names = [each.station_name for each in edit.stations[1:]]
    if not names:
        return ""
    told = _("Đổi theo ở {count} đài tiếp âm: {names}.", count=len(names), names=listed(names, most=3))
    lost = _losing(edit)
    if not lost:
        return told
    return told + " " + _("Không tiếp âm được vào giờ mới, nên mất khung: {names}.", names=listed(lost, most=3))


def _losing(edit: EditView) -> list[str]:
    """Those that relay the slot as it is and would not have it any more, though it stays at its own station."""
    if any(slot.after is None for slot in edit.stations[0].slots):
        return []
    return [each.station_name for each in edit.stations[1:] if any(slot.after is None for slot in each.slots)]


def effects(edit: EditView) -> list[Effect]:
    """Of the station's own month, what changes; empty where nothing that planning weighs does."""
    return list(effects_between(edit.stations[0].before, edit.stations[0].after))


def worse_elsewhere(edit: EditView) -> list[EditedStationView]:
    """Stations that relay it and would lack more of what rules ask."""
    return [each for each in edit.stations[1:] if each.after.short_ms > each.before.short_ms]


def effects_between(before: WorthView, after: WorthView) -> Iterator[Effect]:
    if before.short_ms != after.short_ms:
        yield Effect(
            name=_("Thiếu so với quy định"),
            before=formats.short_length(before.short_ms),
            after=formats.short_length(after.short_ms),
            told=_told(before.short_ms - after.short_ms),
        )
    if before.must_airs_missed != after.must_airs_missed:
        yield Effect(
            name=_("Lượt bài phải phát còn thiếu"),
            before=formats.number(before.must_airs_missed),
            after=formats.number(after.must_airs_missed),
            told=_told(before.must_airs_missed - after.must_airs_missed),
        )
    for old, new in zip(before.terms, after.terms, strict=True):
        for name, value in new.terms.items():
            if abs(value - old.terms[name]) >= _EVEN:
                yield Effect(
                    name=term_words(name).name,
                    before=f"{percent(old.terms[name])} %",
                    after=f"{percent(value)} %",
                    told=_told(old.terms[name] - value),
                )
        if abs(new.cost - old.cost) >= _EVEN:
            yield Effect(
                name=_("Cộng các mong muốn"),
                before=formats.number(old.cost, decimals=2),
                after=formats.number(new.cost, decimals=2),
                told=_told(old.cost - new.cost, by=formats.number(abs(old.cost - new.cost), decimals=2)),
            )


def gain(before: WorthView, after: WorthView) -> Status:
    """The change in one line: what rules lack first, then the wishes in sum."""
    short = before.short_ms - after.short_ms
    if short:
        length = formats.short_length(abs(short))
        word = _("bớt thiếu {length}", length=length) if short > 0 else _("thiếu thêm {length}", length=length)
        return Status(kind=_told(short).kind, sign=_told(short).sign, word=word)
    gained = sum(each.cost for each in before.terms) - sum(each.cost for each in after.terms)
    return _told(gained if abs(gained) >= _EVEN else 0, by=formats.number(abs(gained), decimals=2))


def _told(gained: float, *, by: str = "") -> Status:
    if not gained:
        return Status(kind="unknown", sign="=", word=_("như cũ"))
    kind, sign = ("met", "▲") if gained > 0 else ("below", "▼")
    if not by:
        return Status(kind=kind, sign=sign, word=_("tốt hơn") if gained > 0 else _("kém hơn"))
    return Status(kind=kind, sign=sign, word=_("tốt hơn {by}", by=by) if gained > 0 else _("kém hơn {by}", by=by))
