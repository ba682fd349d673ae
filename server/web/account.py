"""One's own account: who one is here, the password, and where one is signed in."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked, Tries
from server.api.cookies import SESSION_COOKIE
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import accounts, passwords, second_factor
from server.services.account_refusals import WrongPassword
from server.services.context import Context
from server.services.rights import Right
from server.texts import _
from server.web.cookies import set_cookie
from server.web.rendering import page

OWN = needs(Right.OWN)


@get("/tai-khoan", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OWN)
def account_page(request: Request[Any, Any, Any], context: Asked, xong: FromQuery[str] = "") -> Response[str]:
    told = {
        "mat-khau": _("Đã đổi mật khẩu và kết thúc các phiên đăng nhập khác."),
        "phien": _("Đã kết thúc phiên đăng nhập."),
        "hai-buoc": _("Đã tắt đăng nhập hai bước."),
    }
    return _shown(request, context, done=told.get(xong))


@post("/tai-khoan/mat-khau", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OWN)
def change_password(
    request: Request[Any, Any, Any], context: Asked, tries: Tries, data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    try:
        new = str(data.get("new", ""))
        if new != str(data.get("again", "")):
            return _shown(
                request, context, refusal=_("Hai lần gõ mật khẩu mới không giống nhau. Hãy gõ lại."), status=400
            )
        accounts.change_own_password(context, tries, present=str(data.get("present", "")), new=new)
    except REFUSALS as refusal:
        told = answer(refusal)
        response = _shown(
            request,
            context,
            refusal=told.sentence,
            status=told.http,
            wrong="present" if isinstance(refusal, WrongPassword) else "new",
        )
        if "seconds" in refusal.facts:
            response.headers["Retry-After"] = str(refusal.facts["seconds"])
        return response
    return Redirect("/tai-khoan?xong=mat-khau", status_code=303)


@post("/tai-khoan/phien/{session_id:int}/ket-thuc", include_in_schema=False, sync_to_thread=True, opt=OWN)
def end_session(request: Request[Any, Any, Any], context: Asked, session_id: FromPath[int]) -> Redirect:
    accounts.end_own_session(context, session_id)
    if session_id == context.who.session_id:
        response = Redirect("/dang-nhap?xong=ra", status_code=303)
        set_cookie(request, response, SESSION_COOKIE, "", max_age_s=0)
        return response
    return Redirect("/tai-khoan?xong=phien", status_code=303)


@post("/tai-khoan/phien/ket-thuc", include_in_schema=False, sync_to_thread=True, opt=OWN)
def end_other_sessions(context: Asked) -> Redirect:
    accounts.end_own_other_sessions(context)
    return Redirect("/tai-khoan?xong=phien", status_code=303)


@get(
    ["/tai-khoan/mat-khau", "/tai-khoan/phien/{session_id:int}/ket-thuc", "/tai-khoan/phien/ket-thuc"],
    include_in_schema=False,
    sync_to_thread=False,
    opt=OWN,
)
def back_to_account() -> Redirect:
    """The addresses that forms post to show nothing by themselves."""
    return Redirect("/tai-khoan", status_code=302)


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    *,
    done: str | None = None,
    refusal: str | None = None,
    wrong: str = "new",
    status: int = 200,
) -> Response[str]:
    return page(
        request,
        "account.html",
        status=status,
        active="account",
        account=accounts.own_account(context),
        sessions=accounts.own_sessions(context),
        factor=second_factor.standing(context, context.who.account_id or 0),
        done=done,
        refusal=refusal,
        wrong=wrong,
        least=passwords.LEAST,
        most=passwords.MOST,
    )


HANDLERS = [account_page, change_password, end_session, end_other_sessions, back_to_account]
