"""IP receivers: the station's days ahead and its log in the vocabulary of provincial source systems.

A receiver polls the schedule with its token (a minute apart is fine: with If-None-Match it costs it nothing), fetches
the files that it lacks from addresses that need no header, compares their SHA-256, plays by its own clock with or
without a line, and sends what it played whenever there is one. `Date` of any answer tells it how far its clock is off.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ASGIApp, Scope

from schedules.exports.source_system import ReceiverSchedule
from schedules.logs.lines import MOST_BYTES, MOST_DURATION_MS, MOST_TEXT
from schedules.months import Month
from server.api.airing import BatchOut, out
from server.api.asked import Asked
from server.api.conditional import Ready, has_current, header
from server.api.exports import CACHED, AudioAt
from server.api.gate import needs
from server.services import station_logs
from server.services.local_time import local_today
from server.services.receivers import MOST_DAYS, receiver_schedule
from server.services.rights import Right
from server.services.signed_audio import last_day

DaysInQuery = Annotated[int, QueryParameter(description="How many local days, today the first", ge=1, le=MOST_DAYS)]

_FILE = {
    "DuongDan": "https://loa.example.vn/api/v1/audio/9b0e…c1.mp3?until=20270209&for=x24490&sig=…",
    "SHA256": "9b0e…c1",
    "DungLuong": 1_521_664,
    "KieuTep": "audio/mpeg",
    "ThoiLuong": 95.1,
}
SCHEDULE_EXAMPLE: dict[str, Any] = {
    "CumLoaID": "x24490",
    "TenCumLoa": "Đài truyền thanh xã Ea Yông",
    "MuiGio": "Asia/Ho_Chi_Minh",
    "TuNgay": "2026-12-13",
    "DenNgay": "2026-12-19",
    "DanhSachLichPhat": [
        {
            "LichPhatID": "x24490.20261213T1700",
            "TenLichPhat": "Tuyên truyền CCHC 17:00 13/12/2026",
            "MucDoUuTien": 3,
            "DanhSachNgayPhat": [
                {
                    "NgayPhat": "2026-12-13",
                    "ThoiDiemPhat": {"ThoiGianBatDau": 1_797_156_000, "ThoiGianKetThuc": 1_797_156_120},
                }
            ],
            "NhacMoDau": {**_FILE, "ThoiLuong": 12.4},
            "DanhSachBanTin": [
                {
                    "BanTinID": "b0001",
                    "LoaiBanTin": 3,
                    "MucDoUuTien": 3,
                    "TieuDe": "Một cửa điện tử ở xã Ea Yông",
                    "TacGia": "Sở Nội vụ",
                    "NgonNgu": "vi",
                    "ThoiDiemBatDau": 1_797_156_012,
                    "TiepAm": 1,
                    "NguonTiepAm": "h654",
                    "TepAmThanh": _FILE,
                }
            ],
            "NhacKetThuc": {**_FILE, "ThoiLuong": 12.4},
        }
    ],
}
LOG_EXAMPLE: list[dict[str, Any]] = [
    {
        "CumLoaID": "x24490",
        "BanTinID": "b0001",
        "LoaiBanTin": 3,
        "MucDoUuTien": 3,
        "TieuDe": "Một cửa điện tử ở xã Ea Yông",
        "ThoiDiemBatDau": 1_797_156_012,
        "ThoiLuong": 95.1,
        "TiepAm": 1,
    }
]


@get(
    "/stations/{code:str}/source-system/schedule",
    opt=needs(Right.EXPORTS_PULL, "station"),
    responses={
        200: ResponseSpec(
            ReceiverSchedule,
            description="The days ahead",
            generate_examples=False,
            examples=[Example(summary="A slot of one bulletin", value=SCHEDULE_EXAMPLE)],
        ),
        304: ResponseSpec(None, description="The client has it"),
    },
)
async def schedule(scope: Scope, context: Asked, code: FromPath[str], days: DaysInQuery = 7) -> ASGIApp:
    """The station's days ahead for an IP receiver: LichPhat with DanhSachNgayPhat and DanhSachBanTin, and what is
    urgent now as a LichPhat of its own with MucDoUuTien 1.

    What was withdrawn is not in it; what is not in it is not to be played. Files are at signed addresses, as in playlists.
    """
    today = Month.of(local_today(context))
    base = f"{scope['scheme']}://{header(scope, b'host')}"  # one of our names: the doorway let it pass
    own = code if context.who.kind == "station" else None
    address_of = AudioAt(context, base, last_day(today.next(), today), own)
    found = await sync_to_thread(receiver_schedule, context, code, days=days, address_of=address_of)
    content = msgspec.json.encode(found)
    kept = {"ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"', "Cache-Control": CACHED}
    if has_current(header(scope, b"if-none-match"), kept["ETag"]):
        return Ready(status=304, headers=kept)
    told = {"Content-Type": "application/json", "Content-Length": str(len(content)), **kept}
    return Ready(status=200, headers=told, body=content)


@dataclass
class _Records(Operation):
    """A list of records; what of one can't be taken is told in its line, so nothing here refuses the others."""

    def __post_init__(self) -> None:
        number = OpenAPIType.INTEGER
        code = Schema(one_of=[Schema(type=OpenAPIType.STRING), Schema(type=number)])
        record = Schema(
            type=OpenAPIType.OBJECT,
            properties={
                "CumLoaID": Schema(
                    description="The station's code; without it the one in the address", one_of=code.one_of
                ),
                "BanTinID": Schema(description="As in the schedule", one_of=code.one_of),
                "LoaiBanTin": Schema(type=number, const=3),
                "MucDoUuTien": Schema(type=number, minimum=1, maximum=3),
                "TieuDe": Schema(type=OpenAPIType.STRING, max_length=MOST_TEXT),
                "ThoiDiemBatDau": Schema(
                    type=number, minimum=0, description="Seconds since 1970, by the device's clock"
                ),
                "ThoiLuong": Schema(
                    type=OpenAPIType.NUMBER,
                    exclusive_minimum=0,
                    maximum=MOST_DURATION_MS // 1000,
                    description="Seconds that it sounded; without it as long as planned",
                ),
                "TiepAm": Schema(type=number, minimum=0, maximum=1),
                "NguonTiepAm": Schema(type=OpenAPIType.STRING),
            },
            required=["BanTinID", "ThoiDiemBatDau"],
        )
        self.request_body = RequestBody(
            content={
                "application/json": OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.ARRAY, items=record),
                    examples={"one": Example(summary="A bulletin that was aired", value=LOG_EXAMPLE)},
                )
            },
            required=True,
        )


@post(
    "/stations/{code:str}/source-system/logs",
    status_code=200,
    request_max_body_size=MOST_BYTES,
    operation_class=_Records,
    opt=needs(Right.AIRED_SAY, "station"),
)
async def logs(
    *, request: Request[Any, Any, Any], context: Asked, code: FromPath[str], dry_run: FromQuery[bool] = False
) -> BatchOut:
    """What a receiver played, as it logged it. Late, out of order and twice does no harm: a record that is known is
    told as known, one that can't be taken is refused alone, with the field and the reason.
    """
    data = await request.body()
    return out(
        await sync_to_thread(station_logs.take_log, context, code, kind="source_system", data=data, dry_run=dry_run)
    )


router = Router("/", route_handlers=[schedule, logs], tags=["receivers"])
