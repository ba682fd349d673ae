"""Letters to those who can decide on a recording whose time is running out."""

from sqlmodel import Session, col, select

from server.db.accounts import Account, RoleGrant
from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.formats import moment
from server.services import mail
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.mail_server import is_address
from server.services.rights import Role
from server.services.rows import identity
from server.services.scopes import led_topics
from server.services.sessions import as_grant
from server.texts import _, in_language


def tell_leads(session: Session, context: Context, segment: Segment, version: SegmentVersion) -> list[str]:
    """Queues one for each of them who has an address, one a day; the addresses. Without a mail server there are none.

    The recording's maker is not among them. In the caller's transaction.
    """
    if context.mail is None or version.due_at is None:
        return []
    addresses = sorted({account.email for account in _who_decide(session, context, segment, version) if account.email})
    with in_language("vi"):
        due = moment(version.due_at, ZONE)
        subject = _("Chờ duyệt: {title}", title=segment.title)
        body = _(
            "Bài «{title}» ({code}), bản ghi số {number}, chờ cơ quan của bạn duyệt; hạn {due}.\n\n"
            "Hãy đăng nhập Loa và mở trang Chờ duyệt.\n",
            title=segment.title,
            code=segment.code,
            number=version.number,
            due=due,
        )
    day = local_today(context).isoformat()
    return [
        address
        for address in addresses
        if mail.queue(
            session,
            context,
            key=f"vetting {identity(version)} {day} {address}",
            address=address,
            subject=subject,
            body=body,
        )
    ]


def _who_decide(session: Session, context: Context, segment: Segment, version: SegmentVersion) -> list[Account]:
    on = local_today(context)
    rows = session.exec(
        select(Account, RoleGrant)
        .join(RoleGrant, col(RoleGrant.account_id) == col(Account.id))
        .where(Account.state == "active", Account.login != version.made_by)
        .where(RoleGrant.role == Role.LEAD, col(RoleGrant.ended_at).is_(None))
    ).all()
    return [
        account
        for account, grant in rows
        if account.email is not None
        and is_address(account.email)
        and as_grant(grant, "").holds(on)
        and segment.topic_id in led_topics(session, grant.organisation_id, within=grant.topic_id)
    ]
