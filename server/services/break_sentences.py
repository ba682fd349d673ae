"""What a slot breaks of the hard constraints H1 to H7, in words: of a plan's own making, or a conflict in what stays."""

from collections.abc import Callable, Sequence

from schedules.breaks import Break
from schedules.plan import Conflict
from server.formats import length_in_words, number
from server.services.naming import Names, day_in_words, moment_in_words
from server.texts import _

Facts = Sequence[str]


def conflict_sentence(conflict: Conflict, names: Names) -> str:
    what, *facts = conflict.what.split(" ")
    return _sentence(conflict.code, what, facts, conflict.slot, names)


def break_sentence(each: Break, names: Names) -> str:
    facts = [str(fact) for fact in each.facts if fact != ""]
    return _sentence(each.code, each.what, facts, each.slot, names)


def constraint_name(code: str) -> str:
    """What H1 to H7 are about, in a few words."""
    return {
        "H1": _("đúng chỗ"),
        "H2": _("đúng khuôn"),
        "H3": _("đúng bài"),
        "H4": _("giãn cách"),
        "H5": _("giữ nguyên"),
        "H6": _("mức tối đa"),
        "H7": _("tiếp âm"),
    }.get(code, code)


def _sentence(code: str, what: str, facts: Facts, slot: str, names: Names) -> str:
    """Facts that are not as many as they should be (an id may hold spaces) are shown as they are."""
    if what in _SENTENCES:
        number, make = _SENTENCES[what]
        if len(facts) in number:
            return make(names.slot(slot), facts, names)
    told = " ".join([what, *facts])
    return _("Khung {slot} vi phạm ràng buộc {code} ({told}).", slot=names.slot(slot), code=code, told=told)


def _length(fact: str) -> str:
    return length_in_words(int(fact)) if fact.isdecimal() else fact


def _exactly(fact: str) -> str:
    """To the millisecond, where that is what is wrong."""
    if not fact.isdecimal() or int(fact) % 1000 == 0:
        return _length(fact)
    return _("{seconds} giây", seconds=number(int(fact) / 1000, decimals=3))


def _period(facts: Facts, names: Names) -> str:
    """What a maximum is counted in: the month, a date, or a session on a date."""
    if len(facts) == 1:
        return _("trong tháng")
    kind, on = facts
    if kind == "day":
        return _("trong ngày {day}", day=day_in_words(on))
    return _("trong buổi {session} ngày {day}", session=names.session(kind), day=day_in_words(on))


_SENTENCES: dict[str, tuple[tuple[int, ...], Callable[[str, Facts, Names], str]]] = {
    "not_on_a_minute": (
        (0,),
        lambda slot, _facts, _names: _("Khung {slot} không bắt đầu đúng phút tròn.", slot=slot),
    ),
    "outside_sessions": (
        (0,),
        lambda slot, _facts, _names: _(
            "Khung {slot} nằm ngoài các buổi phát của đài, hoặc vào lúc đài không phát.", slot=slot
        ),
    ),
    "outside_month": (
        (1,),
        lambda _slot, facts, _names: _("{moment} nằm ngoài tháng của lịch này.", moment=moment_in_words(facts[0])),
    ),
    "overlap": (
        (2,),
        lambda _slot, facts, names: _(
            "Khung {first} và khung {second} chồng lên nhau.",
            first=names.slot(facts[0]),
            second=names.slot(facts[1]),
        ),
    ),
    "not_in_a_row": (
        (1,),
        lambda slot, facts, names: _(
            "Trong khung {slot}, bài {segment} không nối liền sau phần đứng trước nó.",
            slot=slot,
            segment=names.segment(facts[0]),
        ),
    ),
    "length": (
        (2,),
        lambda slot, facts, _names: _(
            "Khung {slot} ghi dài {length}, nhưng cộng mở đầu, các bài và kết thúc là {sum}.",
            slot=slot,
            length=_exactly(facts[0]),
            sum=_exactly(facts[1]),
        ),
    ),
    "too_short": (
        (2,),
        lambda slot, facts, _names: _(
            "Khung {slot} dài {length}, ngắn hơn mức ít nhất {least} của chuyên mục.",
            slot=slot,
            length=_length(facts[0]),
            least=_length(facts[1]),
        ),
    ),
    "too_long": (
        (2,),
        lambda slot, facts, _names: _(
            "Khung {slot} dài {length}, dài hơn mức nhiều nhất {most} của chuyên mục.",
            slot=slot,
            length=_length(facts[0]),
            most=_length(facts[1]),
        ),
    ),
    "empty": ((0,), lambda slot, _facts, _names: _("Khung {slot} không có bài nào.", slot=slot)),
    "not_whole": (
        (1,),
        lambda slot, facts, names: _(
            "Trong khung {slot}, bài {segment} không được phát trọn thời lượng của nó.",
            slot=slot,
            segment=names.segment(facts[0]),
        ),
    ),
    "too_many_a_day": (
        (4,),
        lambda _slot, facts, names: _(
            "Ngày {day} có {slots} khung của chuyên mục {column}, nhiều hơn {most} khung một ngày.",
            day=day_in_words(facts[1]),
            slots=facts[2],
            column=names.column(facts[0]),
            most=facts[3],
        ),
    ),
    "unknown_segment": (
        (1,),
        lambda slot, facts, names: _(
            "Khung {slot} có bài {segment} không còn trong kho bài của tháng.",
            slot=slot,
            segment=names.segment(facts[0]),
        ),
    ),
    "other_column": (
        (1,),
        lambda slot, facts, names: _(
            "Khung {slot} có bài {segment} của chuyên mục khác.", slot=slot, segment=names.segment(facts[0])
        ),
    ),
    "not_valid": (
        (1,),
        lambda slot, facts, names: _(
            "Khung {slot} có bài {segment} không có hiệu lực vào ngày đó.",
            slot=slot,
            segment=names.segment(facts[0]),
        ),
    ),
    "not_meant": (
        (1,),
        lambda slot, facts, names: _(
            "Khung {slot} có bài {segment} không dành cho đài này, hoặc bằng thứ tiếng đài không phát.",
            slot=slot,
            segment=names.segment(facts[0]),
        ),
    ),
    "too_near": (
        (3,),
        lambda _slot, facts, names: _(
            "Bài {segment} phát ngày {day} quá gần một lần phát khác; phải cách nhau ít nhất {apart} ngày.",
            segment=names.segment(facts[0]),
            day=day_in_words(facts[1]),
            apart=facts[2],
        ),
    ),
    "too_often": (
        (3,),
        lambda _slot, facts, names: _(
            "Bài {segment} phát {times} lần trong tháng, nhiều hơn {most} lần cho phép.",
            segment=names.segment(facts[0]),
            times=facts[1],
            most=facts[2],
        ),
    ),
    "before_now": (
        (0,),
        lambda slot, _facts, _names: _("Khung {slot} được đặt vào lúc đã qua khi lập lịch.", slot=slot),
    ),
    "before_freeze": (
        (0,),
        lambda slot, _facts, _names: _(
            "Khung {slot} được thêm vào khoảng thời gian đã chốt mà không có bài khẩn cấp.", slot=slot
        ),
    ),
    "missing": (
        (0,),
        lambda slot, _facts, _names: _("Khung {slot} đã công bố hoặc đã khóa, phải giữ, nhưng bị bỏ.", slot=slot),
    ),
    "changed": (
        (0,),
        lambda slot, _facts, _names: _("Khung {slot} đã công bố hoặc đã khóa, phải giữ, nhưng bị sửa.", slot=slot),
    ),
    "begun": (
        (0,),
        lambda slot, _facts, _names: _("Khung {slot} đã đến giờ phát, không sửa được nữa.", slot=slot),
    ),
    "near": (
        (0,),
        lambda slot, _facts, _names: _("Khung {slot} đã công bố và quá gần giờ phát, phải giữ nguyên.", slot=slot),
    ),
    "locked": (
        (0,),
        lambda slot, _facts, _names: _("Khung {slot} đang khóa; muốn sửa thì mở khóa trước.", slot=slot),
    ),
    "above_maximum": (
        (4, 5),
        lambda _slot, facts, names: _(
            "Quy định {rule} chỉ cho phép {most} {period}, nhưng lịch có {total}.",
            rule=names.rule(facts[0]),
            most=_length(facts[-1]),
            period=_period(facts[1:-2], names),
            total=_length(facts[-2]),
        ),
    ),
    "not_relayed": (
        (1,),
        lambda slot, facts, names: _(
            "Khung {slot} của {parent} nằm trong giờ tiếp âm nhưng không có trong lịch của đài.",
            slot=slot,
            parent=names.station(facts[0]),
        ),
    ),
    "relayed": (
        (1,),
        lambda slot, facts, names: _(
            "Khung {slot} tiếp âm {parent}, chỉ sửa được ở lịch của đài đó.", slot=slot, parent=names.station(facts[0])
        ),
    ),
    "parent_has_no_such_slot": (
        (0, 1),
        lambda slot, facts, names: _(
            "Khung {slot} ghi là tiếp âm {parent}, nhưng đài đó không có khung như vậy.",
            slot=slot,
            parent=names.station(facts[0]) if facts else "?",
        ),
    ),
}
