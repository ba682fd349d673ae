"""How the service is, in sentences: what is well, what to look at, what failed, each with its mend.

Made of the numbers of `server.services.measures` alone. The status page, `loa doctor` and docker/alerts.yaml mean the
same by them: the limits below are the ones that the alerts name.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from server.db.measuring import is_fit
from server.formats import number, size
from server.services.arrivals import RESERVE
from server.services.local_time import ZONE
from server.services.measures import Going, Measures, Room, Stored, Waiting
from server.services.views import Finding
from server.texts import _

LOW_DISK = 2_000_000_000  # bytes
BUSY_SERVER = 0.8  # of the connections that it allows
CLOCK_OFF, CLOCK_WRONG = timedelta(seconds=2), timedelta(minutes=1)
SLOW_QUEUE, STUCK_QUEUE = timedelta(minutes=15), timedelta(hours=2)
LONG_UNHEARD = timedelta(hours=6)
LONG_UNJUDGED = timedelta(days=7)
LONG_UNCLOSED = timedelta(days=31)
SLOW_LETTERS = timedelta(hours=1)
OLD_BACKUP, NO_BACKUP = timedelta(hours=26), timedelta(days=7)
SHORT_CERTIFICATE, ENDING_CERTIFICATE = timedelta(days=21), timedelta(days=3)
FEW_FILES = 4096
SLOW_LOOP_S, STUCK_LOOP_S = 0.5, 5.0


class Part(Struct, frozen=True, kw_only=True):
    """`code` names it whatever language `finding` is in."""

    code: str
    finding: Finding


class ProcessFacts(Struct, frozen=True, kw_only=True):
    """Of the process that answers: where it runs, since when, how late its loop came at worst in the last minute."""

    host: str
    number: int
    since: datetime
    release: str
    loop_lag_s: float
    threads_busy: int
    threads: int
    threads_waiting: int
    most_files: int | None  # that it may have open; None where the system has no such limit


def parts(measures: Measures, *, mail: bool) -> list[Part]:
    """What is everybody's. `mail`: whether letters are sent at all."""
    found = [*_disks(measures), _store(measures.store_answers)]
    if measures.stored is None:
        return [_unreachable(measures.fault), *found]
    return [*database_parts(measures.stored), *found, *_work(measures.stored, measures.at, mail=mail)]


def process_parts(facts: ProcessFacts) -> Iterator[Part]:
    name = _("Tiến trình này")
    seen = _(
        "Loa {release}, {host} số {number}, chạy từ {since}",
        release=facts.release,
        host=facts.host,
        number=facts.number,
        since=f"{facts.since.astimezone(ZONE):%H:%M %d/%m/%Y}",
    )
    yield _ok("version", name, seen)
    yield _loop(facts)
    if facts.most_files is not None:
        yield files_part(facts.most_files)


def files_part(most: int) -> Part:
    name, seen = _("Tệp mở cùng lúc"), _("nhiều nhất {most}", most=number(most))
    if most < FEW_FILES:
        return _look(
            "files",
            name,
            seen,
            _("Đặt ít nhất {needed} (ulimit -n, LimitNOFILE của systemd).", needed=number(FEW_FILES)),
        )
    return _ok("files", name, seen)


def certificate_part(expires_at: datetime | None, now: datetime) -> Part:
    """None: what the file holds could not be read."""
    name, mend = _("Chứng thư TLS"), _("Gia hạn chứng thư, thay tệp ở LOA_TLS_CERT và LOA_TLS_KEY, rồi khởi động lại.")
    if expires_at is None:
        return _failed("certificate", name, _("không đọc được tệp"), mend)
    left = expires_at - now
    seen = _("hết hạn ngày {day}", day=f"{expires_at.astimezone(ZONE):%d/%m/%Y}")
    if left <= ENDING_CERTIFICATE:
        return _failed("certificate", name, seen, mend)
    return _look("certificate", name, seen, mend) if left <= SHORT_CERTIFICATE else _ok("certificate", name, seen)


def database_parts(found: Stored) -> Iterator[Part]:
    facts = found.facts
    kind = "PostgreSQL" if facts.kind == "postgresql" else "SQLite"
    seen = _("{kind} {version}, {size}", kind=kind, version=facts.version, size=size(facts.size))
    name = _("Cơ sở dữ liệu")
    if facts.encoding is None or facts.collation is None:
        yield _ok("database", name, seen)
    elif is_fit(facts.encoding, facts.collation):
        yield _ok("database", name, f"{seen}, {facts.encoding}, {facts.collation}")
    else:
        mend = _("Sao lưu, tạo cơ sở dữ liệu mới với bảng mã UTF8 và thứ tự C, rồi khôi phục vào đó.")
        yield _failed("database", name, f"{seen}, {facts.encoding}, {facts.collation}", mend)
    if facts.connections is not None and facts.most_connections is not None:
        name = _("Kết nối tới cơ sở dữ liệu")
        seen = _(
            "đang dùng {used} trên {most}, còn {left}",
            used=facts.connections,
            most=facts.most_connections,
            left=max(0, facts.most_connections - facts.connections),
        )
        if facts.connections >= facts.most_connections * BUSY_SERVER:
            yield _look(
                "connections", name, seen, _("Tăng max_connections của PostgreSQL, hoặc bớt số tiến trình Loa.")
            )
        else:
            yield _ok("connections", name, seen)
    if facts.clock_offset is not None:
        yield _clock(facts.clock_offset)


def workers_part(found: Stored) -> Part:
    name, code = _("Tiến trình làm việc nền"), "workers"
    if found.workers:
        return _ok(
            code, name, _("{count} đang chạy: {names}", count=len(found.workers), names=", ".join(found.workers))
        )
    mend = _("Mở máy chủ web không có LOA_WORKER=no, hoặc chạy thêm loa worker.")
    seen = _("không thấy tiến trình nào")
    return _failed(code, name, seen, mend) if found.processing.count else _look(code, name, seen, mend)


def _unreachable(fault: str) -> Part:
    return _failed(
        "database",
        _("Cơ sở dữ liệu"),
        _("không trả lời ({fault})", fault=fault),
        _("Xem máy chủ PostgreSQL có đang chạy không, hay đĩa chứa tệp SQLite còn đọc được không."),
    )


def _clock(offset: timedelta) -> Part:
    name = _("Đồng hồ")
    seconds = number(abs(offset).total_seconds(), decimals=1)
    seen = _("lệch {seconds} giây so với máy chủ cơ sở dữ liệu", seconds=seconds)
    mend = _("Bật đồng bộ giờ (NTP) ở cả hai máy.")
    if abs(offset) >= CLOCK_WRONG:
        return _failed("clock", name, seen, mend)
    return _look("clock", name, seen, mend) if abs(offset) >= CLOCK_OFF else _ok("clock", name, seen)


def _store(answers: bool | None) -> Part:  # noqa: FBT001 (known or not yet)
    name = _("Kho âm thanh")
    if answers:
        return _ok("store", name, _("đọc được"))
    seen = _("không đọc được") if answers is False else _("chưa trả lời")
    return _failed("store", name, seen, _("Xem kho ở LOA_STORE_URL có trả lời không, hay thư mục kho còn đó không."))


def _disks(measures: Measures) -> Iterator[Part]:
    yield disk_part("disk", _("Đĩa dữ liệu"), measures.home)
    if measures.store is not None:
        yield disk_part("store_disk", _("Đĩa của kho âm thanh"), measures.store)


def disk_part(code: str, name: str, disk: Room) -> Part:
    seen = _("còn trống {free} trên {size}", free=size(disk.free), size=size(disk.size))
    if disk.free < RESERVE:
        return _failed(code, name, seen, _("Giải phóng chỗ trống ngay: Loa không nhận bản ghi nữa."))
    if disk.free < LOW_DISK:
        return _look(code, name, seen, _("Nên còn ít nhất {needed}.", needed=size(LOW_DISK)))
    return _ok(code, name, seen)


def _work(found: Stored, now: datetime, *, mail: bool) -> Iterator[Part]:
    yield workers_part(found)
    yield _queue(found, now)
    yield _slow(
        "errands",
        _("Việc đang được làm cho người hỏi"),
        found.errands,
        now=now,
        limit=STUCK_QUEUE,
        mend=_("Xem tiến trình làm việc nền; người hỏi có thể bỏ việc đó rồi làm lại."),
    )
    yield _refused(found)
    yield _slow(
        "unheard",
        _("Bản ghi phát sóng chờ nghe"),
        found.unheard,
        now=now,
        limit=LONG_UNHEARD,
        mend=_("Thêm tiến trình loa worker."),
    )
    yield _stations(found)
    yield _slow(
        "unjudged",
        _("Điều nghe được chờ xác nhận"),
        found.unjudged,
        now=now,
        limit=LONG_UNJUDGED,
        mend=_("Người giám sát mở trang ghi âm của đài để xác nhận."),
    )
    yield _slow(
        "unclosed",
        _("Lời báo chưa vào tháng đã chốt"),
        found.unclosed,
        now=now,
        limit=LONG_UNCLOSED,
        mend=_("Người giám sát chốt tháng đã hết, hoặc chốt bổ sung."),
    )
    yield (
        _going("letters", _("Thư"), found.letters, now, _("Chạy: loa mail test ĐỊA_CHỈ, rồi sửa LOA_SMTP_URL."))
        if mail
        else _unset(
            "letters",
            _("Thư"),
            _("không gửi thư: chưa đặt LOA_SMTP_URL"),
            _("Nếu cần gửi thư: đặt LOA_SMTP_URL, khởi động lại, rồi thử bằng: loa mail test ĐỊA_CHỈ"),
        )
    )
    yield _going(
        "messages", _("Tin tới webhook"), found.messages, now, _("Xem địa chỉ webhook của các đài có còn nhận không.")
    )
    yield _backup(found.backup_at, now)


def _queue(found: Stored, now: datetime) -> Part:
    name, waiting = _("Bản ghi đang xử lý"), found.processing
    if not waiting.count:
        return _ok("queue", name, _("không có"))
    age = _age(waiting, now)
    seen = _("{count} bản ghi, lâu nhất {age}", count=number(waiting.count), age=_in_words(age))
    if found.troubled:
        seen += "; " + _("{count} gặp trục trặc của máy", count=found.troubled)
    mend = _("Xem tiến trình làm việc nền, đĩa và kho âm thanh; trang của từng bài nói rõ đang vướng ở đâu.")
    if age >= STUCK_QUEUE:
        return _failed("queue", name, seen, mend)
    return _look("queue", name, seen, mend) if age >= SLOW_QUEUE or found.troubled else _ok("queue", name, seen)


def _refused(found: Stored) -> Part:
    """What checks refuse is the sender's to mend; many at once are a sign of something else."""
    name = _("Bản ghi bị từ chối trong một ngày")
    seen = _(
        "{refused} không đạt kiểm tra, {unfinished} gửi dở quá hạn",
        refused=number(found.refused),
        unfinished=number(found.unfinished),
    )
    return _ok("refused", name, seen)


def _stations(found: Stored) -> Part:
    name, seen = _("Máy ở đài"), found.stations
    said = _(
        "{silent} trên {programs} máy im lặng quá 24 giờ, {troubled} máy báo trục trặc",
        silent=seen.silent,
        programs=seen.with_program,
        troubled=seen.troubled,
    )
    if not seen.with_program:
        return _ok("stations", name, _("chưa có máy nào liên lạc"))
    if seen.silent or seen.troubled:
        return _look("stations", name, said, _("Mở trang Máy ở đài và gọi cho các đài đó."))
    return _ok("stations", name, _("cả {programs} máy đều liên lạc trong 24 giờ qua", programs=seen.with_program))


def _slow(code: str, name: str, waiting: Waiting, *, now: datetime, limit: timedelta, mend: str) -> Part:
    if not waiting.count:
        return _ok(code, name, _("không có"))
    age = _age(waiting, now)
    seen = _("{count}, lâu nhất {age}", count=number(waiting.count), age=_in_words(age))
    return _look(code, name, seen, mend) if age >= limit else _ok(code, name, seen)


def _going(code: str, name: str, going: Going, now: datetime, mend: str) -> Part:
    if not going.waiting.count and not going.given_up:
        return _ok(code, name, _("không có gì chờ gửi"))
    seen = _(
        "{waiting} chờ gửi, {failing} đã gửi lỗi, {given_up} bỏ hẳn trong hai tuần",
        waiting=number(going.waiting.count),
        failing=number(going.failing),
        given_up=number(going.given_up),
    )
    late = going.waiting.count > 0 and _age(going.waiting, now) >= SLOW_LETTERS
    return _look(code, name, seen, mend) if late or going.failing or going.given_up else _ok(code, name, seen)


def _backup(at: datetime | None, now: datetime) -> Part:
    name, mend = _("Sao lưu"), _("Chạy loa backup make mỗi ngày, ví dụ bằng loa-backup.timer.")
    if at is None:
        return _look("backup", name, _("chưa có bản nào"), mend)
    seen = _("lần cuối cách đây {age}", age=_in_words(now - at))
    if now - at >= NO_BACKUP:
        return _failed("backup", name, seen, mend)
    return _look("backup", name, seen, mend) if now - at >= OLD_BACKUP else _ok("backup", name, seen)


def _loop(facts: ProcessFacts) -> Part:
    name = _("Độ trễ của máy chủ web")
    seen = _(
        "tệ nhất {ms} ms trong một phút qua; {busy} trên {threads} luồng đang bận, {waiting} việc chờ luồng",
        ms=number(facts.loop_lag_s * 1000),
        busy=facts.threads_busy,
        threads=facts.threads,
        waiting=facts.threads_waiting,
    )
    mend = _("Máy đang quá tải: bớt việc khác trên máy, hoặc thêm tiến trình và máy.")
    if facts.loop_lag_s >= STUCK_LOOP_S:
        return _failed("loop", name, seen, mend)
    return _look("loop", name, seen, mend) if facts.loop_lag_s >= SLOW_LOOP_S else _ok("loop", name, seen)


def _age(waiting: Waiting, now: datetime) -> timedelta:
    return max(timedelta(0), now - waiting.oldest_at) if waiting.oldest_at is not None else timedelta(0)


def _in_words(length: timedelta) -> str:
    """Rounded down, in the largest unit of which there is one."""
    minutes = max(0, int(length.total_seconds())) // 60
    if minutes >= 2 * 24 * 60:
        return _("{days} ngày", days=minutes // (24 * 60))
    if minutes >= 2 * 60:
        return _("{hours} giờ", hours=minutes // 60)
    return _("{minutes} phút", minutes=minutes)


def _ok(code: str, name: str, seen: str) -> Part:
    return Part(code=code, finding=Finding(name=name, level="ok", seen=seen, mend=""))


def _unset(code: str, name: str, seen: str, mend: str) -> Part:
    """Neither well nor amiss: nobody has set it up, perhaps meaning to."""
    return Part(code=code, finding=Finding(name=name, level="unset", seen=seen, mend=mend))


def _look(code: str, name: str, seen: str, mend: str) -> Part:
    return Part(code=code, finding=Finding(name=name, level="warning", seen=seen, mend=mend))


def _failed(code: str, name: str, seen: str, mend: str) -> Part:
    return Part(code=code, finding=Finding(name=name, level="failed", seen=seen, mend=mend))
