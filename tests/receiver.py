"""An IP receiver as stations are given them: it keeps its schedule in a file, plays by its own clock, logs, and sends
its log when it has a line. Time is what the test says.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

Record = dict[str, Any]


class BadFile(AssertionError):
    """What came is not what the schedule names."""


class Receiver:
    """`log_clock` is how far the clock that it logs by is off."""

    def __init__(
        self, base: str, station: str, secret: str, folder: Path, *, log_clock: timedelta = timedelta()
    ) -> None:
        self._line = httpx.Client(base_url=base, timeout=60)
        self._station, self._secret, self._log_clock = station, secret, log_clock
        folder.mkdir(parents=True, exist_ok=True)
        self._schedule, self._log, self._sounds = folder / "lich.json", folder / "nhat-ky.json", folder / "tep"
        self._sounds.mkdir(exist_ok=True)
        self._etag = ""

    def close(self) -> None:
        self._line.close()

    def poll(self, *, days: int = 28) -> int:
        """The status of the answer. What is new is kept in its file, and the sounds that it names are fetched."""
        answer = self._line.get(
            f"/api/v1/stations/{self._station}/source-system/schedule",
            params={"days": days},
            headers={"Authorization": f"Bearer {self._secret}", "If-None-Match": self._etag},
        )
        if answer.status_code == 200:
            self._etag = answer.headers["etag"]
            for file in files_of(answer.json()):
                self._fetch(file)
            self._schedule.write_bytes(answer.content)
            wanted = {file["SHA256"] for file in files_of(answer.json())}
            for path in self._sounds.iterdir():
                if path.name not in wanted:
                    path.unlink()
        return answer.status_code

    def _fetch(self, file: Record) -> None:
        path = self._sounds / file["SHA256"]
        if path.exists():
            return
        # Devices follow addresses with nothing but the address.
        content = httpx.get(file["DuongDan"], timeout=60).content
        if hashlib.sha256(content).hexdigest() != file["SHA256"] or len(content) != file["DungLuong"]:
            raise BadFile(file["DuongDan"])
        path.write_bytes(content)

    def play(self, first: datetime, last: datetime) -> list[Record]:
        """What it plays, and logs, of what begins between the two, from its own file and without a line."""
        schedule, played = json.loads(self._schedule.read_bytes()), []
        for entry in schedule["DanhSachLichPhat"]:
            begins = entry["DanhSachNgayPhat"][0]["ThoiDiemPhat"]["ThoiGianBatDau"]
            if not first.timestamp() <= begins < last.timestamp():
                continue
            for frame in (entry["NhacMoDau"], entry["NhacKetThuc"]):
                if frame is not None:
                    self._require_whole(frame)
            for bulletin in entry["DanhSachBanTin"]:
                self._require_whole(bulletin["TepAmThanh"])
                played.append(
                    {
                        "CumLoaID": schedule["CumLoaID"],
                        **{
                            name: bulletin[name]
                            for name in ("BanTinID", "LoaiBanTin", "MucDoUuTien", "TieuDe", "TiepAm")
                        },
                        "ThoiLuong": bulletin["TepAmThanh"]["ThoiLuong"],
                        "ThoiDiemBatDau": bulletin["ThoiDiemBatDau"] + int(self._log_clock.total_seconds()),
                    }
                )
        self._log.write_text(json.dumps([*self.logged(), *played], ensure_ascii=False))
        return played

    def _require_whole(self, file: Record) -> None:
        content = (self._sounds / file["SHA256"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != file["SHA256"]:
            raise BadFile(file["SHA256"])

    def logged(self) -> list[Record]:
        """All that it ever played, from its own file."""
        found: list[Record] = json.loads(self._log.read_bytes()) if self._log.exists() else []
        return found

    def send(self, records: Sequence[Record]) -> dict[str, Any]:
        answer = self._line.post(
            f"/api/v1/stations/{self._station}/source-system/logs",
            json=list(records),
            headers={"Authorization": f"Bearer {self._secret}"},
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def files_of(schedule: Record) -> list[Record]:
    return [
        file
        for entry in schedule["DanhSachLichPhat"]
        for file in (
            entry["NhacMoDau"],
            *(bulletin["TepAmThanh"] for bulletin in entry["DanhSachBanTin"]),
            entry["NhacKetThuc"],
        )
        if file is not None
    ]
