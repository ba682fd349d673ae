"""One table turns each refusal into a sentence, an HTTP status and an exit status; a test finds what is missing.

Exit statuses of the command: 1 a rule is not met (`loa check`), 2 what was given can't be taken,
3 the machine lacks something (disk, ffmpeg, port).
"""

import errno
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from media.refusals import MediaRefusal
from schedules.refusals import ScheduleRefusal
from server.services import refusals as service
from server.texts import _

Refusal = ScheduleRefusal | MediaRefusal | service.ServiceRefusal
REFUSALS: tuple[type[Refusal], ...] = (ScheduleRefusal, MediaRefusal, service.ServiceRefusal)

GIVEN = 2
MACHINE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    http: int
    exit: int
    sentence: str


# mypy can't tie a class to the facts of its instances in one mapping: each entry is checked by the test that makes them all.
_Sentence = Callable[[Any], str]
ANSWERS: dict[type[Refusal], tuple[int, int, _Sentence]] = {
    service.BadSetting: (
        500,
        MACHINE,
        lambda e: _(
            "Biến môi trường {name} là «{value}»; cần {expected}.", name=e.name, value=e.value, expected=e.expected
        ),
    ),
    service.HomeUnwritable: (
        503,
        MACHINE,
        lambda e: _(
            "Không ghi được vào {path} ({reason}). Hãy cấp quyền ghi cho thư mục này, hoặc đặt LOA_HOME là thư mục khác.",
            path=e.path,
            reason=e.reason,
        ),
    ),
    service.DatabaseTooNew: (
        503,
        MACHINE,
        lambda e: _(
            "Cơ sở dữ liệu {path} do một bản Loa mới hơn ghi (lược đồ {found}). Hãy cài bản Loa mới hơn; không có gì bị thay đổi.",
            path=e.path,
            found=e.found,
        ),
    ),
    service.DatabaseDamaged: (
        503,
        MACHINE,
        lambda e: _(
            "Không đọc được cơ sở dữ liệu {path} ({reason}). Hãy giữ nguyên tệp này và khôi phục từ bản sao lưu.",
            path=e.path,
            reason=e.reason,
        ),
    ),
    service.DiskFull: (
        507,
        MACHINE,
        lambda e: _(
            "Đĩa chứa {path} đã đầy. Hãy giải phóng chỗ trống rồi làm lại; chưa có gì được lưu dở dang.", path=e.path
        ),
    ),
    service.PortTaken: (
        503,
        MACHINE,
        lambda e: _(
            "Cổng {port} đang được chương trình khác dùng. Hãy tắt chương trình đó hoặc đặt LOA_PORT là cổng khác.",
            port=e.port,
        ),
    ),
    service.FileUnreadable: (
        400,
        GIVEN,
        lambda e: _("Không đọc được tệp {path} ({reason}).", path=e.path, reason=e.reason),
    ),
    service.OutputUnwritable: (
        507,
        MACHINE,
        lambda e: _(
            "Không ghi được ra {path} ({reason}). Hãy chọn nơi khác hoặc cấp quyền ghi.", path=e.path, reason=e.reason
        ),
    ),
    service.UnknownUnit: (404, GIVEN, lambda e: _("Không có đơn vị hành chính {unit}.", unit=e.unit)),
    service.UnknownStation: (
        404,
        GIVEN,
        lambda e: (
            _(
                "Không có đài {station} trong tháng {month}. Xem danh sách đài bằng: loa stations list",
                station=e.station,
                month=e.month,
            )
            if e.month
            else _("Không có đài {station}. Xem danh sách đài bằng: loa stations list", station=e.station)
        ),
    ),
    service.UnknownSegment: (
        404,
        GIVEN,
        lambda e: _("Không có bài phát thanh {segment}. Xem danh sách bài bằng: loa segments list", segment=e.segment),
    ),
    service.UnknownTopic: (
        404,
        GIVEN,
        lambda e: _("Không có nội dung {topic}. Các nội dung: {known}.", topic=e.topic, known=", ".join(e.known)),
    ),
    service.UnknownColumn: (
        404,
        GIVEN,
        lambda e: _(
            "Không có chuyên mục {column}. Các chuyên mục: {known}.", column=e.column, known=", ".join(e.known)
        ),
    ),
    service.UnknownOrganisation: (
        404,
        GIVEN,
        lambda e: _(
            "Không có cơ quan {organisation}. Các cơ quan: {known}.",
            organisation=e.organisation,
            known=", ".join(e.known),
        ),
    ),
    service.UnknownSlot: (
        404,
        GIVEN,
        lambda e: _("Lịch đã công bố của đài {station} không có khung phát {slot}.", station=e.station, slot=e.slot),
    ),
    service.BadField: (
        400,
        GIVEN,
        lambda e: _("{field} là «{value}»; cần {expected}.", field=e.field, value=e.value, expected=e.expected),
    ),
    service.SegmentExists: (
        409,
        GIVEN,
        lambda e: _("Tệp này đã có trong kho: bài {segment} «{title}».", segment=e.segment, title=e.title),
    ),
    service.SegmentAlreadyWithdrawn: (
        409,
        GIVEN,
        lambda e: _("Bài {segment} đã được rút từ trước.", segment=e.segment),
    ),
    service.NoStations: (
        409,
        GIVEN,
        lambda e: _(
            "Tháng {month} chưa có đài nào trong sổ đăng ký, nên không có gì để lập lịch. Nạp dữ liệu mẫu bằng: loa sample load dak-lak",
            month=e.month,
        ),
    ),
    service.NoPlan: (
        404,
        GIVEN,
        lambda e: _("Tháng {month} chưa có lịch. Lập lịch bằng: loa plan make {month}", month=e.month),
    ),
    service.NotPublished: (
        404,
        GIVEN,
        lambda e: _("Lịch tháng {month} chưa được công bố. Công bố bằng: loa plan publish {month}", month=e.month),
    ),
    service.NoDraft: (
        409,
        GIVEN,
        lambda e: _(
            "Tháng {month} không có bản nháp mới để công bố. Lập bản nháp bằng: loa plan make {month}", month=e.month
        ),
    ),
    service.UnknownSample: (
        404,
        GIVEN,
        lambda e: _("Không có bộ dữ liệu mẫu {name}. Các bộ có sẵn: {known}.", name=e.name, known=", ".join(e.known)),
    ),
    service.DatabaseInUse: (
        409,
        GIVEN,
        lambda e: _(
            "Cơ sở dữ liệu đã có {stations} đài và {segments} bài; dữ liệu mẫu chỉ nạp vào cơ sở dữ liệu trống. Đặt LOA_HOME là thư mục khác để thử.",
            stations=e.stations,
            segments=e.segments,
        ),
    ),
}


def answer(refusal: Refusal) -> Answer:
    http, exit_status, sentence = ANSWERS[type(refusal)]
    return Answer(http=http, exit=exit_status, sentence=sentence(refusal))


def as_refusal(error: BaseException) -> BaseException:
    """What the machine refuses (a full or read-only disk, a damaged file) as a refusal of ours; else the error itself."""
    found = getattr(error, "orig", None) or error  # SQLAlchemy wraps the driver's
    if isinstance(found, sqlite3.Error):
        return _of_database(found) or error
    if isinstance(found, OSError) and found.errno == errno.ENOSPC:
        return service.DiskFull(path=str(found.filename or ""))
    if isinstance(found, OSError) and found.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return service.OutputUnwritable(path=str(found.filename or ""), reason=found.strerror or str(found))
    return error


def _of_database(error: sqlite3.Error) -> service.ServiceRefusal | None:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return service.DiskFull(path="loa.sqlite")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
        return service.HomeUnwritable(path="loa.sqlite", reason=str(error))
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return service.DatabaseDamaged(path="loa.sqlite", reason=str(error))
    return None
