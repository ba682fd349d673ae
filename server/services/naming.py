"""What sentences call segments, slots, stations, rules and columns whose codes a reason, break or mend has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from schedules.months import InvalidMonth, Month
from schedules.problem import Slot
from server.formats import clock, day, moment, month_name
from server.services.local_time import ZONE
from server.texts import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Each mapping gives names by code; a code without a name is called by itself."""

    segments: Mapping[str, str] = field(default_factory=dict)
    stations: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    sessions: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)

    def segment(self, code: object) -> str:
        title = self.segments.get(str(code))
        return f"«{title}»" if title else str(code)

    def station(self, code: object) -> str:
        return self.stations.get(str(code), str(code))

    def rule(self, code: object) -> str:
        name = self.rules.get(str(code))
        return f"«{name}»" if name else str(code)

    def column(self, code: object) -> str:
        return self.columns.get(str(code), str(code))

    def session(self, code: object) -> str:
        return self.sessions.get(str(code), str(code))

    def topic(self, code: object) -> str:
        return self.topics.get(str(code), str(code))

    def slot(self, identity: object) -> str:
        """«05:00 03/12/2026», or its id where it is no slot that is known."""
        return self.slots.get(str(identity), str(identity))


def slot_names(slots: Iterable[Slot], zone: ZoneInfo = ZONE) -> dict[str, str]:
    """Local start and date by id."""
    return {slot.id: f"{clock(slot.start, zone)} {day(slot.start.astimezone(zone).date())}" for slot in slots}


def language_name(code: str) -> str:
    return {
        "vi": _("tiếng Việt"),
        "rad": _("tiếng Ê Đê"),
        "cmo": _("tiếng M'Nông"),
        "jra": _("tiếng Gia Rai"),
    }.get(code, code)


def tier_name(code: str) -> str:
    return {"district": _("đài cấp huyện"), "commune": _("đài cấp xã")}.get(code, code)


def day_in_words(text: object) -> str:
    """A date of the exchange format as people write it; what is no date stays as it is."""
    try:
        return day(date.fromisoformat(str(text)))
    except ValueError:
        return str(text)


def moment_in_words(text: object) -> str:
    """An aware time of ISO 8601 as people write it, for example «05:10 03/12/2026»; what is none stays as it is."""
    try:
        return moment(datetime.fromisoformat(str(text)), ZONE)
    except (ValueError, OverflowError):
        return str(text)


def month_in_words(text: object) -> str:
    """2026-12 as 12/2026; what is no month stays as it is."""
    try:
        return month_name(Month.parse(str(text)))
    except InvalidMonth:
        return str(text)


def listed(words: Iterable[str], *, most: int = 5) -> str:
    """«a, b, c», and how many more there are where there are many."""
    all_ = list(words)
    if len(all_) <= most:
        return ", ".join(all_)
    return _("{some} và {more} nữa", some=", ".join(all_[:most]), more=len(all_) - most)
