"""Search over everything that the reader may read, and over the places and words of the service: a page, and the same for the palette."""

from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromQuery
from msgspec import Struct

from schedules.folding import fold
from schedules.months import Month
from server import formats
from server.api.asked import Asked
from server.api.gate import needs
from server.services.context import Context
from server.services.finding import FEW, LONGEST, Found, find, month_in
from server.services.local_time import local_today
from server.services.rights import Right
from server.services.views import SegmentView, StationView, UnitView
from server.texts import _
from server.web import recording_words, words
from server.web.glossary import terms
from server.web.going_on import place_within
from server.web.places import Place, beyond_the_menu, menu
from server.web.rendering import page

MANY = 20
FIRST = 8
"""Of the places of a reader who has typed nothing yet."""


class Line(Struct, frozen=True, kw_only=True):
    """`told` tells things of one name apart."""

    name: str
    told: str
    address: str


class Group(Struct, frozen=True, kw_only=True):
    """`more` leads to the others where there are more."""

    name: str
    lines: list[Line]
    more: Line | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """`nothing` says what else to try where nothing was found."""

    groups: list[Group]
    nothing: str


@get("/tim", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.OWN))
def search_page(request: Request[Any, Any, Any], context: Asked, q: FromQuery[str] = "") -> Response[str]:
    asked = q[:LONGEST].strip()
    return page(
        request, "finding.html", active="find", asked=asked, answer=answered(context, asked, "/tim", limit=MANY)
    )


@get("/tim.json", include_in_schema=False, sync_to_thread=True, opt=needs(Right.OWN))
def search_lines(context: Asked, q: FromQuery[str] = "", here: FromQuery[str] = "/") -> Answer:
    """For the palette, which was opened on the page `here`."""
    return answered(context, q[:LONGEST].strip(), place_within(here), limit=FEW)


def answered(context: Context, query: str, here: str, *, limit: int) -> Answer:
    """Raises BadField."""
    today = local_today(context)
    this_month = Month.of(today)
    found = find(context, query, limit=limit)
    month = Month.parse(found.month.month)
    _named, rest = month_in(query, this_month)
    places = [*menu(context.who, today), *beyond_the_menu(context.who, today, month, here)]
    groups = [
        Group(name=_("Trang và việc"), lines=_places(places, rest, month, found, limit)),
        Group(name=_("Tháng"), lines=[_month(found)] if found.named else []),
        Group(
            name=_("Đài"),
            lines=[_station(each, month) for each in found.stations.items],
            more=_more(found.stations.total, limit, f"/thang/{month}?{urlencode({'q': rest})}"),
        ),
        Group(name=_("Đơn vị hành chính"), lines=[_unit(each, month) for each in found.units.items]),
        Group(
            name=_("Bài phát thanh"),
            lines=[_segment(each) for each in found.segments.items],
            more=_more(found.segments.total, limit, f"/bai?{urlencode({'q': rest})}"),
        ),
        Group(name=_("Từ ngữ"), lines=_words(rest, limit)),
    ]
    # Where nothing but a month was typed it comes first itself, then what it holds; beside other words it only says when.
    groups.insert(0 if not rest else 4, groups.pop(1))
    held = [group for group in groups if group.lines]
    return Answer(groups=held, nothing="" if held or not query else _nothing(query))


def _nothing(query: str) -> str:
    return _(
        "Không thấy «{query}». Thử ít chữ hơn, không cần dấu: tên đài, tên huyện hay xã, tên bài, một tháng như 12/2026, hoặc việc muốn làm như «báo cáo». Chỉ tìm trong những gì bạn được xem.",
        query=query,
    )


def _places(places: list[Place], rest: str, month: Month, found: Found, limit: int) -> list[Line]:
    """Those in whose words all that was typed occurs; of a month alone its own pages; of nothing the first ones."""
    if rest:
        wanted = rest.split()
        chosen = [each for each in places if _holds(f"{each.word} {each.told}", wanted)]
    elif found.named:
        chosen = [each for each in places if str(month) in each.address]
    else:
        chosen = places[:FIRST] if limit == FEW else places
    return [Line(name=each.word, told=each.told, address=each.address) for each in chosen[: max(limit, FIRST)]]


def _holds(text: str, wanted: list[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in wanted)


def _month(found: Found) -> Line:
    month = Month.parse(found.month.month)
    number = found.month.published
    told = _("chưa công bố lịch") if number is None else _("lịch đã công bố, bản số {number}", number=number)
    return Line(name=_("Tháng {month}", month=formats.month_name(month)), told=told, address=f"/thang/{month}")


def _station(station: StationView, month: Month) -> Line:
    where = [words.tier(station.tier), station.district_name or station.unit_name]
    if station.state != "working":
        where.append(words.station_state(station.state))
    return Line(name=station.name, told=" · ".join(where), address=f"/dai/{quote(station.code, safe='')}/{month}")


def _unit(unit: UnitView, month: Month) -> Line:
    if unit.level == "province":
        return Line(name=unit.name, told=_("cả tỉnh"), address=f"/thang/{month}")
    if unit.level == "district":
        query = urlencode({"district": unit.code})
        return Line(name=unit.name, told=_("các đài của huyện"), address=f"/thang/{month}?{query}")
    return Line(name=unit.name, told=_("đài của xã"), address=f"/thang/{month}?{urlencode({'q': fold(unit.name)})}")


def _segment(segment: SegmentView) -> Line:
    told = [recording_words.state(segment.state).word, segment.topic_name]
    if segment.duration_ms:
        told.insert(0, formats.length(segment.duration_ms))
    return Line(name=segment.title, told=" · ".join(told), address=f"/bai/{quote(segment.code, safe='')}")


def _words(rest: str, limit: int) -> list[Line]:
    wanted = rest.split()
    found = [each for each in terms() if wanted and _holds(each.word, wanted)]
    return [Line(name=each.word, told=each.told, address=f"/tro-giup#{each.name}") for each in found[:limit]]


def _more(total: int, limit: int, address: str) -> Line | None:
    if total <= limit:
        return None
    return Line(name=_("Xem cả {total}", total=formats.number(total)), told="", address=address)


HANDLERS = [search_page, search_lines]
