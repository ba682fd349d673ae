"""Looks at the machine and the installation, and says of each thing what was seen and what to do about it."""

import socket
import sqlite3
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.exc import DBAPIError
from sqlmodel import col, func, select

from media.ffmpeg import Ffmpeg
from media.refusals import FfmpegMissing, FfmpegUnfit
from media.stores.local import LocalStore
from media.stores.s3 import S3Location, S3Store
from server.db import migrate
from server.db.engine import Database
from server.db.library import Segment
from server.db.place import DatabasePlace
from server.db.plans import PlanRevision
from server.db.registry import Station
from server.services import production
from server.services.disk import refusal_of
from server.services.footing import Footing
from server.services.footing_refusals import DatabaseUnreachable
from server.services.measures import Measures, room, store_answers, stored
from server.services.open_files import most_open_files
from server.services.status import files_part, parts
from server.services.views import Finding
from server.texts import _

OLDEST_PYTHON = (3, 11)


def examine(
    *,
    home: Path,
    database: DatabasePlace,
    port: int,
    ffmpeg: Path | None,
    s3: S3Location | None = None,
    mail: bool = False,
    exposed: Footing | None = None,
) -> list[Finding]:
    """Changes nothing, except for a file that it writes into `home` and removes again.

    `s3` is where sounds lie if not in `home`, `mail` whether letters are sent. `exposed` is what a service that others are
    meant to reach stands on.
    """
    return [
        _python(),
        _packages(),
        _time_zone(),
        _ffmpeg(ffmpeg),
        _home(home),
        *_database(database),
        *_status(home, database, s3, mail=mail),
        _server(port),
        *(_safety(exposed, database) if exposed is not None else ()),
    ]


def _ok(name: str, seen: str) -> Finding:
    return Finding(name=name, level="ok", seen=seen, mend="")


def _warning(name: str, seen: str, mend: str) -> Finding:
    return Finding(name=name, level="warning", seen=seen, mend=mend)


def _failed(name: str, seen: str, mend: str) -> Finding:
    return Finding(name=name, level="failed", seen=seen, mend=mend)


def _python() -> Finding:
    seen = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return _failed("Python", seen, _("Cài Python 3.11 trở lên."))
    return _ok("Python", seen)


def _packages() -> Finding:
    names = ("loa", "litestar", "sqlmodel", "icalendar", "pydub", "ffmpeg-python", "jinja2", "uvicorn")
    return _ok(_("Thư viện"), ", ".join(f"{name} {version(name)}" for name in names))


def _time_zone() -> Finding:
    try:
        return _ok(_("Múi giờ"), ZoneInfo("Asia/Ho_Chi_Minh").key)
    except ZoneInfoNotFoundError:
        return _failed(_("Múi giờ"), _("không có dữ liệu"), _("Cài lại bằng make setup: thiếu gói tzdata."))


def _ffmpeg(override: Path | None) -> Finding:
    try:
        found = Ffmpeg.find(override)
    except FfmpegMissing as missing:
        return _failed(
            "ffmpeg",
            _("không có ở {tried}", tried=missing.tried),
            _(
                "Bỏ LOA_FFMPEG hoặc đặt đúng đường dẫn; cài lại bằng make setup. Không có ffmpeg thì không thêm bài được."
            ),
        )
    except FfmpegUnfit as unfit:
        return _failed(
            "ffmpeg",
            _("{executable} {version} thiếu bộ lọc hay bộ mã hóa", executable=unfit.executable, version=unfit.version),
            _("Bỏ LOA_FFMPEG để dùng bản đi kèm, hoặc chỉ tới ffmpeg 5.1 trở lên có libmp3lame."),
        )
    return _ok("ffmpeg", f"{found.version()} ({found.executable})")


def _home(home: Path) -> Finding:
    name = _("Thư mục dữ liệu")
    mend = _("Cấp quyền ghi cho thư mục này, hoặc đặt LOA_HOME là thư mục khác.")
    existing = home
    while not existing.exists():
        existing = existing.parent
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return _failed(name, f"{home}: {error.strerror}", mend)
    if existing != home:
        return _warning(name, _("{home} chưa có, tạo được", home=home), _("Chạy: loa run"))
    return _ok(name, _("{home}, ghi được", home=home))


def _status(home: Path, place: DatabasePlace, s3: S3Location | None, *, mail: bool) -> Iterator[Finding]:
    """What the status page tells. A database that does not answer, or is of another version, is told of above."""
    existing = home
    while not existing.exists():
        existing = existing.parent
    now = datetime.now(UTC)
    known = None
    with suppress(sqlite3.DatabaseError, DBAPIError):
        if migrate.schema_version(place) == migrate.HEAD:
            with _opened(place) as database:
                known = stored(database, home, now)
    with tempfile.TemporaryDirectory() as scratch:
        store = S3Store(location=s3, scratch=Path(scratch)) if s3 is not None else LocalStore(home / "store")
        measures = Measures(at=now, stored=known, store_answers=store_answers(store), home=room(existing))
    found = parts(measures, mail=mail)
    yield from (part.finding for part in found if known is not None or part.code != "database")
    most_files = most_open_files()
    if most_files is not None:
        yield files_part(most_files).finding


def _database(place: DatabasePlace) -> Iterator[Finding]:
    name = _("Dữ liệu")
    try:
        found = migrate.schema_version(place)
        if found is None:
            yield _warning(name, _("chưa có"), _("Chạy: loa run"))
            return
        if found not in migrate.known_versions():
            yield _failed(name, _("lược đồ {found}, mới hơn bản Loa này", found=found), _("Cài bản Loa mới hơn."))
            return
        checked = _checked(place)
        with _opened(place) as database, database.read() as session:
            stations, segments = (
                session.exec(select(func.count()).select_from(table)).one() for table in (Station, Segment)
            )
            months = session.exec(
                select(PlanRevision.month)
                .where(PlanRevision.status == "published")
                .distinct()
                .order_by(col(PlanRevision.month).desc())
                .limit(3)
            ).all()
    except (sqlite3.DatabaseError, DBAPIError) as error:
        refusal = refusal_of(error, str(place))
        if isinstance(refusal, DatabaseUnreachable):
            mend = _("Xem máy chủ PostgreSQL có đang chạy không, và LOA_DATABASE_URL có đúng không.")
            yield _failed(name, f"{place}: {refusal.reason}", mend)
        else:
            yield _failed(name, f"{place}: {error}", _("Giữ nguyên tệp này và khôi phục từ bản sao lưu."))
        return
    if checked != "ok":
        yield _failed(name, f"{place}: {checked}", _("Giữ nguyên tệp này và khôi phục từ bản sao lưu."))
        return
    seen = _("lược đồ {found}, {stations} đài, {segments} bài", found=found, stations=stations, segments=segments)
    yield _ok(name, seen if place.kind == "sqlite" else f"{place}: {seen}")
    if months:
        yield _ok(_("Lịch đã công bố"), ", ".join(months))
    else:
        yield _warning(_("Lịch đã công bố"), _("chưa có"), _("Chạy: loa plan make THÁNG, rồi loa plan publish THÁNG"))


def _checked(place: DatabasePlace) -> str:
    """What SQLite says of its file; a server looks after its own."""
    if place.path is None:
        return "ok"
    connection = sqlite3.connect(f"file:{place.path}?mode=ro", uri=True)
    try:
        return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    finally:
        connection.close()


@contextmanager
def _opened(place: DatabasePlace) -> Iterator[Database]:
    database = Database(place)
    try:
        yield database
    finally:
        database.close()


def _safety(footing: Footing, place: DatabasePlace) -> Iterator[Finding]:
    with ExitStack() as stack:
        # A database of another version has no accounts to look at: that it is so is told above.
        try:
            is_ours = migrate.schema_version(place) == migrate.HEAD
        except (sqlite3.DatabaseError, DBAPIError):
            is_ours = False
        found = production.examine(footing, stack.enter_context(_opened(place)) if is_ours else None)
    yield from found
    if not any(each.level == "failed" for each in found):
        yield _ok(_("Mở cho máy khác"), _("không thấy điều gì ngăn cản"))


def _server(port: int) -> Finding:
    name = _("Máy chủ")
    address = f"http://127.0.0.1:{port}/health"
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return _ok(name, _("không chạy; cổng {port} còn trống", port=port))
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            if b'"schema"' in reply.read(10_000):
                return _ok(name, _("đang chạy ở cổng {port}", port=port))
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        pass  # whatever holds the port does not speak as Loa does: told below
    return _failed(
        name,
        _("cổng {port} do chương trình khác dùng", port=port),
        _("Tắt chương trình đó hoặc đặt LOA_PORT là cổng khác."),
    )
