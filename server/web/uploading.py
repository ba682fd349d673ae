"""The page that recordings come in by: a plain form for one file, which a script makes into a drop zone for many."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.enums import MediaType
from litestar.params import FromQuery
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.conditional import header
from server.api.forms import CSRF_FIELD, CSRF_HEADER, require_form
from server.api.gate import needs
from server.api.paging import Offset
from server.api.said import new_segment
from server.api.uploads import Received, receive_form
from server.errors import REFUSALS, answer
from server.services import form_uploads, registry, segments
from server.services.access_refusals import OutOfReach
from server.services.context import Context
from server.services.local_time import local_today
from server.services.new_segments import LANGUAGES, PRIORITIES
from server.services.own_segments import TURNS, own_segments
from server.services.rights import Right
from server.services.segment_reach import require_reached
from server.services.suggestions import Suggestion, suggest, suggested_title
from server.services.upload_limits import UNTYPED
from server.texts import _
from server.web import own_words, recording_words
from server.web.rendering import page

SENT_AT_ONCE = 25
FIELDS = ("title", "topic", "language", "column", "priority", "producer", "valid_from", "valid_to", "note", "submit")


class Shown(NamedTuple):
    """Which part of what was sent, as the address says it; what it says wrongly is left out."""

    whose: str = ""
    turn: str = ""
    offset: int = 0


NOTHING_CHOSEN = Shown()


@get(
    "/tai-len", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.SEGMENTS_SEND)
)
def upload_page(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    bai: FromQuery[str] = "",
    cua: FromQuery[str] = "",
    luot: FromQuery[str] = "",
    offset: Offset = 0,
) -> Response[str]:
    """With `bai` for a newer recording of that segment, else with what was sent: `cua` whose, `luot` whose turn it is."""
    if bai:
        require_reached(context, bai, Right.SEGMENTS_SEND)
    return _form(request, context, replaced=bai, shown=Shown(whose=cua, turn=luot, offset=offset))


@get("/tai-len/goi-y", include_in_schema=False, sync_to_thread=True, opt=needs(Right.SEGMENTS_SEND))
def suggestions(context: Asked, ten: FromQuery[list[str] | None] = None) -> list[Suggestion]:
    """For the script of the page: a title and a topic for the name of each file."""
    return suggest(context, ten or [])


@post(
    "/tai-len",
    media_type=MediaType.HTML,
    include_in_schema=False,
    request_max_body_size=None,
    opt=needs(Right.SEGMENTS_SEND, form_later=True),
)
async def upload(request: Request[Any, Any, Any], context: Asked) -> Response[str] | Redirect:
    """Takes one file in one piece and shows its way to the verdict; refused, the page keeps what was typed."""
    typed: dict[str, str] = {}
    replaced = ""
    try:
        async with receive_form(
            request, file_field="file", scratch=context.incoming, limits=context.uploads
        ) as received:
            typed = dict(received.fields)
            require_form(request, typed.pop(CSRF_FIELD, None) or header(request.scope, CSRF_HEADER))
            replaced = typed.pop("segment", "")
            missing = _missing(received, typed, replaced)
            if missing is None:
                code = await sync_to_thread(_take, context, received, typed, replaced)
                return Redirect(f"/bai/{code}", status_code=303)
            told, status = missing, 400
    except OutOfReach:
        raise  # the page would show the segment's name
    except REFUSALS as refusal:
        told, status = answer(refusal).sentence, answer(refusal).http
    return await sync_to_thread(_form, request, context, replaced=replaced, given=typed, refusal=told, status=status)


def _missing(received: Received, typed: Mapping[str, str], replaced: str) -> str | None:
    if not received.file_name:  # a browser sends a nameless empty file where none was chosen
        return _("Hãy chọn tệp âm thanh rồi gửi lại.")
    if not replaced and not typed.get("topic"):
        return _("Hãy chọn nội dung của bài rồi gửi lại; tệp cần được chọn lại.")
    return None


def _take(context: Context, received: Received, typed: Mapping[str, str], replaced: str) -> str:
    """The code of the segment. Raises what `form_uploads.take` does."""
    name, path = str(received.file_name), received.path
    if path is None:
        raise TypeError("a form with a file's name has the file")
    if replaced:
        code = form_uploads.take(context, path, file_name=name, replaces=replaced)
    else:
        said = {**typed, "title": typed.get("title", "").strip() or suggested_title(name)}
        code = form_uploads.take(context, path, file_name=name, new=new_segment(said, where="body"))
    received.path = None  # it is no longer the request's to remove
    return code


def _form(
    request: Request[Any, Any, Any],
    context: Context,
    *,
    replaced: str = "",
    given: Mapping[str, str] | None = None,
    refusal: str | None = None,
    status: int = 200,
    shown: Shown = NOTHING_CHOSEN,
) -> Response[str]:
    """The page with what was typed still in it. Raises UnknownSegment where `replaced` names none."""
    columns, topics = registry.list_columns(context), registry.list_topics(context)
    turn = next((turn for turn in TURNS if turn == shown.turn), None)
    whose = "co-quan" if shown.whose == "co-quan" else ""
    usual = dict.fromkeys(FIELDS, "") | {
        "language": "vi",
        "priority": "normal",
        "column": columns[0].code if columns else "",
        "valid_from": str(local_today(context)),
    }
    return page(
        request,
        "upload.html",
        status=status,
        active="upload",
        replaced=segments.get_segment(context, replaced) if replaced else None,
        topics=topics,
        topics_by_code={topic.code: topic for topic in topics},
        sent=None
        if replaced
        else own_segments(
            context,
            whose="organisation" if whose else "own",
            turn=turn,
            offset=shown.offset,
            limit=SENT_AT_ONCE,
        ),
        chosen={"whose": whose, "turn": turn},
        own_words=own_words,
        columns=columns,
        producers=registry.list_organisations(context, on=local_today(context)),
        languages=LANGUAGES,
        priorities=PRIORITIES,
        given={**usual, **(given or {})},
        refusal=refusal,
        target=context.profile.target_lufs,
        limits=context.uploads,
        accepted=",".join(taken for taken in context.uploads.types if taken != UNTYPED),
        texts=_texts(),
    )


def _texts() -> dict[str, object]:
    """What the script says; ‹{places}› are filled there."""
    return {
        "upload": _("Tải lên"),
        "upload_many": _("Tải lên {count} tệp"),
        "chosen": _("chưa gửi"),
        "typed": _("Chưa gửi. Chọn lại đúng tệp này: những gì đã ghi vẫn còn."),
        "pick": _("Chọn tệp {name}"),
        "all": _("chọn tất cả {count} tệp"),
        "common": _("Đặt chung cho {count} tệp đang chọn"),
        "set": _("{field}: đã đặt cho {count} tệp."),
        "twice": _("Đã có trong danh sách, không thêm lần nữa: {names}."),
        "empty": _("Tệp rỗng, không có byte nào; hãy chọn tệp khác."),
        "signed_out": _(
            "Phiên làm việc đã hết. Hãy đăng nhập lại ở cửa sổ khác rồi bấm «Gửi tiếp»; tệp và những gì đã ghi vẫn còn."
        ),
        "hints": {
            "suggested": _("nội dung gợi ý theo tên bài"),
            "same": _("đã có bài cùng tên:"),
        },
        "large": _("Tệp lớn hơn mức cho phép ({size})."),
        "waiting": _("chờ đến lượt"),
        "starting": _("đang nối với máy chủ"),
        "sending": _("{percent} % · {sent} trên {size} · tiếp tục được khi mất mạng"),
        "paused": _("đã tạm dừng; phần đã gửi vẫn còn trên máy chủ"),
        "lost": _("mất kết nối với máy chủ; tiếp tục khi có mạng, không phải gửi lại từ đầu"),
        "failed": _("Máy chủ không nhận tệp này (mã {status})."),
        "unfinished": _("Chưa gửi xong. Chọn lại đúng tệp này để gửi tiếp."),
        "unfinished_at": _("Mới gửi {percent} % ({sent} trên {size}). Chọn lại đúng tệp này để gửi tiếp."),
        "received": _("đã gửi xong, chờ kiểm tra"),
        "checking": _("đang kiểm tra: {step} · {percent} %"),
        "open": _("Mở bài"),
        "steps": recording_words.steps(),
    }
