"""One table turns each refusal into a sentence, an HTTP status and an exit status; a test finds what is missing.

Exit statuses of the command: 1 a rule is not met (`loa check`), 2 what was given can't be taken,
3 the machine lacks something (disk, ffmpeg, port).
"""

import errno
from dataclasses import dataclass
from itertools import chain

from media.refusals import MediaRefusal
from schedules.refusals import ScheduleRefusal
from server.answers import (
    access,
    accounts,
    airing,
    backups,
    bundles,
    credentials,
    delivering,
    errands,
    footing,
    mail,
    media,
    recordings,
    reports,
    revisions,
    schedules,
    second_factor,
    services,
    settings,
    single_sign_on,
    station,
    trail,
    uploads,
    urging,
    vetting,
    views,
)
from server.answers.shape import Entry
from server.reports.refusals import ReportRefusal
from server.services import refusals as service
from server.services.disk import refusal_of
from server.station.refusals import StationRefusal

Refusal = ScheduleRefusal | MediaRefusal | ReportRefusal | service.ServiceRefusal | StationRefusal
REFUSALS: tuple[type[Refusal], ...] = (
    ScheduleRefusal,
    MediaRefusal,
    ReportRefusal,
    service.ServiceRefusal,
    StationRefusal,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    http: int
    exit: int
    sentence: str


ANSWERS: dict[type[Refusal], Entry] = dict(
    chain[tuple[type[Refusal], Entry]](
        media.ANSWERS.items(),
        schedules.ANSWERS.items(),
        services.ANSWERS.items(),
        footing.ANSWERS.items(),
        revisions.ANSWERS.items(),
        recordings.ANSWERS.items(),
        uploads.ANSWERS.items(),
        access.ANSWERS.items(),
        accounts.ANSWERS.items(),
        second_factor.ANSWERS.items(),
        mail.ANSWERS.items(),
        single_sign_on.ANSWERS.items(),
        trail.ANSWERS.items(),
        views.ANSWERS.items(),
        settings.ANSWERS.items(),
        credentials.ANSWERS.items(),
        vetting.ANSWERS.items(),
        airing.ANSWERS.items(),
        delivering.ANSWERS.items(),
        errands.ANSWERS.items(),
        bundles.ANSWERS.items(),
        backups.ANSWERS.items(),
        reports.ANSWERS.items(),
        urging.ANSWERS.items(),
        station.ANSWERS.items(),
    )
)


def answer(refusal: Refusal) -> Answer:
    http, exit_status, sentence = ANSWERS[type(refusal)]
    return Answer(http=http, exit=exit_status, sentence=sentence(refusal))


def as_refusal(error: BaseException) -> BaseException:
    """What the machine refuses (a full or read-only disk, a damaged file) as a refusal of ours; else the error itself."""
    if isinstance(error, OSError) and error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return service.OutputUnwritable(path=str(error.filename or ""), reason=error.strerror or str(error))
    named = str(error.filename) if isinstance(error, OSError) and error.filename else "loa.sqlite"
    return refusal_of(error, named) or error
