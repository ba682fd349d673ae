"""What is done for uploads from time to time: what is whole is handed over, what nobody goes on with is removed."""

import logging

from sqlmodel import col, select

from media.refusals import MediaRefusal
from server.db.intake import SegmentVersion, Upload
from server.services.context import Context
from server.services.refusals import ServiceRefusal
from server.services.upload_refusals import UploadBusy, UploadGone
from server.services.uploads import end, hand_over, has_expired, held

ROUND_EVERY_S = 3600.0

logger = logging.getLogger("loa.uploads")


def finish_uploads(context: Context) -> list[int]:
    """Hands over what is whole and was not, as after a crash; the versions that came of it.

    What intake refuses stays as it is and is tried again until it expires; the refusal is logged.
    """
    versions: list[int] = []
    for upload in _unmade(context):
        try:
            if context.arrivals.kept(upload) == upload.size:
                with held(context, upload) as arrival:
                    if arrival is not None and arrival.whole:
                        versions.append(hand_over(context, upload))
        except (FileNotFoundError, UploadGone, UploadBusy):
            continue  # somebody else has it, or had it
        except (ServiceRefusal, MediaRefusal) as refusal:
            logger.warning("upload %s is whole and not taken: %s", upload.id, refusal)
    return versions


def remove_expired(context: Context) -> int:
    """What of a sender that rested longer than is allowed, and what a killed server left; of how many uploads.

    Raises StoreUnreachable.
    """
    now = context.clock()
    removed = 0
    for upload in _unmade(context):
        if upload.expires_at > now:
            continue
        try:
            with held(context, upload) as arrival:
                if arrival is None or not _has_expired(context, upload.id):
                    continue  # it became a recording after all, or its sender was back
                context.arrivals.remove(upload.id)
                removed += end(context, upload.id, "expired")
        except UploadBusy:
            continue  # its sender is back
        except UploadGone:
            removed += end(context, upload.id, "expired")
    return removed + context.arrivals.remove_leftovers(before=now - context.uploads.lifetime)


def _has_expired(context: Context, upload_id: str) -> bool:
    with context.database.read() as session:
        return has_expired(session, context, upload_id)


def _unmade(context: Context) -> list[Upload]:
    """Uploads that live and have not become recordings."""
    with context.database.read() as session:
        known = select(SegmentVersion.upload_id).where(col(SegmentVersion.upload_id).is_not(None))
        return list(
            session.exec(
                select(Upload)
                .where(col(Upload.state).in_(("receiving", "complete")), col(Upload.id).not_in(known))
                .order_by(col(Upload.created_at), col(Upload.id))
            )
        )
