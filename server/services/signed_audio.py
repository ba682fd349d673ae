"""Addresses of audio that players follow without saying who they are: signed, and good until a day."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from schedules.months import Month
from server.services.context import Context
from server.services.credential_refusals import AudioAddressExpired
from server.services.hidden import is_signed, signed
from server.services.local_time import local_today

AFTER_THE_MONTH = timedelta(days=40)
_PURPOSE = "audio"
_FORM = "%Y%m%d"
_LONGEST = 128  # of what is looked at


@lru_cache(256)
def last_day(month: Month, this_month: Month) -> date:
    """The last local day on which addresses in a playlist of `month` work.

    The same all through a month, so that playlists keep their bytes; months long past are heard as if it were now.
    """
    return max(month, this_month).last_date + AFTER_THE_MONTH


def query_of(context: Context, sha256: str, until: date, *, station: str | None = None) -> str:
    """What is added to the address: `until=YYYYMMDD&sig=` and an HMAC over both.

    With `station`, the code of the one whose own machine asked for it, also `for=`, likewise signed: who follows the
    address is that station.
    """
    written = until.strftime(_FORM)
    if station is None:
        return f"until={written}&sig={signed(context.secret, _PURPOSE, sha256, written)}"
    return f"until={written}&for={quote(station)}&sig={signed(context.secret, _PURPOSE, sha256, written, station)}"


def is_let_in(
    context: Context, sha256: str, until: str | None, signature: str | None, *, station: str | None = None
) -> bool:
    """Whether the address was made here for this sound. Raises AudioAddressExpired where it was, but long ago."""
    given = [each for each in (until, signature, station) if each is not None]
    if not until or not signature or any(len(each) > _LONGEST for each in given):
        return False
    names = (sha256, until) if station is None else (sha256, until, station)
    if not is_signed(context.secret, signature, _PURPOSE, *names):
        return False
    # What is signed was written by `query_of`.
    last = datetime.strptime(until, _FORM).date()  # noqa: DTZ007 (a local day has no zone)
    if local_today(context) > last:
        raise AudioAddressExpired(until=last.isoformat())
    return True
