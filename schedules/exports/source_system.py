"""A station's schedule as receivers of provincial source systems ("hệ thống thông tin nguồn") keep it in a local file.

No official list of fields could be read; the names are those seen in deployed systems, as in
`schedules.logs.source_system`, which reads what such devices log. Times are whole seconds since 1970, lengths seconds
with parts, `MucDoUuTien` is 1 khẩn cấp, 2 ưu tiên, 3 thông thường, `LoaiBanTin` 3 is audio, `TiepAm` 1 is relayed.
"""

from datetime import datetime, timedelta

from msgspec import Struct, field

AUDIO = 3
URGENT, PRIORITY, NORMAL = 1, 2, 3


class AirTimes(Struct, frozen=True, kw_only=True):
    """Half-open: nothing sounds at the end any more."""

    starts: int = field(name="ThoiGianBatDau")
    ends: int = field(name="ThoiGianKetThuc")


class AirDay(Struct, frozen=True, kw_only=True):
    """`NgayPhat` is the local date of its start, YYYY-MM-DD."""

    day: str = field(name="NgayPhat")
    times: AirTimes = field(name="ThoiDiemPhat")


class SoundFile(Struct, frozen=True, kw_only=True):
    """An address that needs nothing but itself, the SHA-256 of what is there (hex), bytes, seconds."""

    address: str = field(name="DuongDan")
    sha256: str = field(name="SHA256")
    size: int = field(name="DungLuong")
    media_type: str = field(name="KieuTep")
    seconds: float = field(name="ThoiLuong")


class Bulletin(Struct, frozen=True, kw_only=True):
    """`BanTinID` is what its log names it by; `ThoiDiemBatDau` when it begins in this entry of the schedule.

    `NguonTiepAm` is the code of the station whose air is passed on; the file is for when that is silent.
    """

    code: str = field(name="BanTinID")
    kind: int = field(name="LoaiBanTin")
    priority: int = field(name="MucDoUuTien")
    title: str = field(name="TieuDe")
    author: str = field(name="TacGia")
    language: str = field(name="NgonNgu")
    starts: int = field(name="ThoiDiemBatDau")
    relayed: int = field(name="TiepAm")
    relayed_from: str | None = field(name="NguonTiepAm")
    file: SoundFile = field(name="TepAmThanh")


class Entry(Struct, frozen=True, kw_only=True):
    """What is played in one go: opening, bulletins in their order, closing. The column's own sounds are not logged.

    With `MucDoUuTien` 1 it is to be played once, at once, at the latest before `ThoiGianKetThuc`, over anything.
    """

    code: str = field(name="LichPhatID")
    name: str = field(name="TenLichPhat")
    priority: int = field(name="MucDoUuTien")
    days: tuple[AirDay, ...] = field(name="DanhSachNgayPhat")
    opening: SoundFile | None = field(name="NhacMoDau")
    bulletins: tuple[Bulletin, ...] = field(name="DanhSachBanTin")
    closing: SoundFile | None = field(name="NhacKetThuc")


class ReceiverSchedule(Struct, frozen=True, kw_only=True):
    """All entries of the local days from `TuNgay` to `DenNgay`, both included; what is not in it is not to be played.

    `CumLoaID` is the station's code, `MuiGio` the zone of its days.
    """

    station: str = field(name="CumLoaID")
    name: str = field(name="TenCumLoa")
    zone: str = field(name="MuiGio")
    first: str = field(name="TuNgay")
    last: str = field(name="DenNgay")
    entries: tuple[Entry, ...] = field(name="DanhSachLichPhat")


def air_day(starts_at: datetime, length_ms: int) -> AirDay:
    """`starts_at` in the station's zone."""
    ends_at = starts_at + timedelta(milliseconds=length_ms)
    return AirDay(
        day=starts_at.date().isoformat(),
        times=AirTimes(starts=seconds_since_1970(starts_at), ends=-int(-ends_at.timestamp() // 1)),
    )


def seconds_since_1970(moment: datetime) -> int:
    return int(moment.timestamp())
