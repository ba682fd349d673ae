"""What is kept of uploads on their way, wherever that is."""

from server.services.context import Context
from server.services.stored_arrivals import StoredArrivals


def kept_bytes(context: Context, upload_id: str) -> bytes:
    if not isinstance(context.arrivals, StoredArrivals):
        return (context.incoming / upload_id).read_bytes()
    joined = context.scratch / f"seen-{upload_id}"
    context.arrivals.join(upload_id, joined)
    content = joined.read_bytes()
    joined.unlink()
    return content


def kept_size(context: Context, upload_id: str) -> int:
    return len(kept_bytes(context, upload_id))
