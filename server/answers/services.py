"""What people read when a use case refuses."""

from server.answers.shape import GIVEN, MACHINE, Entry, expectation, field_name, system_words
from server.services import refusals as service
from server.services.naming import moment_in_words, month_in_words
from server.texts import _, at_hand


def _same_bytes(e: service.SegmentExists) -> str:
    known = {"segment": e.segment, "title": e.title}
    if e.state == "withdrawn":
        return _(
            "Tệp này đã có trong kho: bài {segment} «{title}», đã rút. Muốn phát lại nội dung này, hãy gửi bản thu mới làm bài mới.",
            **known,
        )
    if e.state == "held":
        return _(
            "Tệp này đã có trong kho: bài {segment} «{title}», đang chờ quyết định. Mở bài đó để giữ lại hoặc bỏ.",
            **known,
        )
    if e.state == "rejected":
        return _(
            "Tệp này đã có trong kho: bài {segment} «{title}», không đạt kiểm tra. Mở bài đó để xem vì sao, hoặc bỏ bài đó rồi gửi lại.",
            **known,
        )
    if e.state == "processing":
        return _("Tệp này đã có trong kho: bài {segment} «{title}», đang được xử lý.", **known)
    return _("Tệp này đã có trong kho: bài {segment} «{title}».", **known)


def _outage(e: service.OutageOverlaps) -> str:
    kinds = {"closed": _("đóng"), "broken": _("hỏng"), "blackout": _("ngừng phát")}
    kind = kinds.get(e.kind, e.kind)
    if e.end is not None:
        return _(
            "Đài {station} đã ghi là {kind} từ {start} đến {end}, trùng với khoảng này.",
            station=e.station,
            kind=kind,
            start=e.start,
            end=e.end,
        )
    return _(
        "Đài {station} đã ghi là {kind} từ {start}, chưa rõ đến khi nào. Nếu đài đã hoạt động lại, ghi bằng: loa stations reopen {station}",
        station=e.station,
        kind=kind,
        start=e.start,
    )


def _broken_change(e: service.ChangeBreaks) -> str:
    if not e.nearest:
        return _("{constraint}: {sentence} Chưa lưu gì.", constraint=e.constraint, sentence=e.sentence)
    return _(
        "{constraint}: {sentence} Chưa lưu gì; những chỗ gần nhất còn đặt được: {places}.",
        constraint=e.constraint,
        sentence=e.sentence,
        places="; ".join(moment_in_words(place) for place in e.nearest),
    )


ANSWERS: dict[type[service.ServiceRefusal], Entry] = {
    service.BadSetting: (
        500,
        MACHINE,
        lambda e: _("Thiết lập {name} là «{value}»; cần {expected}.", name=e.name, value=e.value, expected=e.expected),
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
        lambda e: _("Không đọc được tệp {path} ({reason}).", path=e.path, reason=system_words(e.reason)),
    ),
    service.OutputUnwritable: (
        507,
        MACHINE,
        lambda e: _(
            "Không ghi được ra {path} ({reason}). Hãy chọn nơi khác hoặc cấp quyền ghi.",
            path=e.path,
            reason=system_words(e.reason),
        ),
    ),
    service.UnknownUnit: (404, GIVEN, lambda e: _("Không có đơn vị hành chính {unit}.", unit=e.unit)),
    service.UnknownStation: (
        404,
        GIVEN,
        lambda e: (
            (
                _("Không có đài {station} trong tháng {month}.", station=e.station, month=month_in_words(e.month))
                if e.month
                else _("Không có đài {station}.", station=e.station)
            )
            + " "
            + at_hand(page=_("Hãy tìm đài bằng ô Tìm."), command=_("Xem danh sách đài bằng: loa stations list"))
        ),
    ),
    service.UnknownSegment: (
        404,
        GIVEN,
        lambda e: (
            _("Không có bài phát thanh {segment}.", segment=e.segment)
            + " "
            + at_hand(page=_("Hãy tìm bài bằng ô Tìm."), command=_("Xem danh sách bài bằng: loa segments list"))
        ),
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
        lambda e: _("Lịch của đài {station} không có khung phát {slot}.", station=e.station, slot=e.slot),
    ),
    service.UnknownCampaign: (
        404,
        GIVEN,
        lambda e: (
            _(
                "Không có đợt tuyên truyền {campaign}. Các đợt: {known}.",
                campaign=e.campaign,
                known=", ".join(e.known),
            )
            if e.known
            else _(
                "Không có đợt tuyên truyền {campaign}; chưa có đợt nào. Thêm bằng: loa campaigns add {campaign}",
                campaign=e.campaign,
            )
        ),
    ),
    service.CampaignExists: (
        409,
        GIVEN,
        lambda e: _(
            "Đã có đợt tuyên truyền {campaign}. Sửa đợt này bằng: loa campaigns set {campaign}", campaign=e.campaign
        ),
    ),
    service.CampaignsShareMonth: (
        409,
        GIVEN,
        lambda e: _(
            "Đợt {campaign} có tháng trùng với đợt {other}; mỗi tháng chỉ thuộc một đợt. Hãy sửa ngày bắt đầu hoặc ngày kết thúc của một trong hai đợt.",
            campaign=e.campaign,
            other=e.other,
        ),
    ),
    service.UnknownWeight: (
        400,
        GIVEN,
        lambda e: _("Không có trọng số {weight}. Các trọng số: {known}.", weight=e.weight, known=", ".join(e.known)),
    ),
    service.UnknownTolerance: (
        400,
        GIVEN,
        lambda e: _(
            "Không có dung sai {tolerance}. Các dung sai: {known}.", tolerance=e.tolerance, known=", ".join(e.known)
        ),
    ),
    service.BadField: (
        400,
        GIVEN,
        lambda e: _(
            "{field} là «{value}»; cần {expected}.",
            field=field_name(e.field),
            value=e.value,
            expected=expectation(e.expected),
        ),
    ),
    service.SegmentExists: (
        409,
        GIVEN,
        _same_bytes,
    ),
    service.SegmentAlreadyWithdrawn: (
        409,
        GIVEN,
        lambda e: _(
            "Bài {segment} đã được rút từ trước. Muốn phát lại nội dung này, hãy gửi bản thu mới làm bài mới.",
            segment=e.segment,
        ),
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
        lambda e: (
            _("Tháng {month} chưa có lịch.", month=month_in_words(e.month))
            + " "
            + at_hand(
                page=_("Người lập lịch bấm «Lập lịch» ở trang của tháng."),
                command=_("Lập lịch bằng: loa plan make {month}", month=e.month),
            )
        ),
    ),
    service.NotPublished: (
        404,
        GIVEN,
        lambda e: _(
            "Lịch tháng {month} chưa được công bố. Công bố ở trang /thang/{month}/cong-bo, hoặc bằng: loa plan publish {month}",
            month=e.month,
        ),
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
    service.AudioIsFrame: (
        409,
        GIVEN,
        lambda e: _(
            "Tệp này đang là nhạc hiệu của chuyên mục {column} «{name}», nên không thể là một bài phát thanh.",
            column=e.column,
            name=e.name,
        ),
    ),
    service.NoColumns: (
        409,
        GIVEN,
        lambda e: _(
            "Chưa có chuyên mục nào, nên không thể lập lịch tháng {month}. Nạp dữ liệu mẫu bằng: loa sample load dak-lak",
            month=e.month,
        ),
    ),
    service.PlanOvertaken: (
        409,
        GIVEN,
        lambda e: _(
            "Trong lúc lập lịch tháng {month}, dữ liệu dùng để lập đã thay đổi, nên chưa lưu gì. Hãy lập lại bằng: loa plan make {month}",
            month=e.month,
        ),
    ),
    service.PlanIsBeingMade: (
        409,
        GIVEN,
        lambda e: _(
            "Lịch tháng {month} đang được lập (lượt {run}). Hãy đợi lượt đó xong, hoặc hủy lượt đó rồi lập lại.",
            month=e.month,
            run=e.run,
        ),
    ),
    service.UnknownRun: (
        404,
        GIVEN,
        lambda e: _(
            "Không có lượt lập lịch {run} của tháng {month}: chưa từng có, hoặc lượt này xong từ lâu.",
            run=e.run,
            month=e.month,
        ),
    ),
    service.PlanningFailed: (
        500,
        MACHINE,
        lambda e: _(
            "Lập lịch tháng {month} bị lỗi của phần mềm ({reason}); chưa lưu gì. Hãy báo cho người quản trị.",
            month=e.month,
            reason=e.reason,
        ),
    ),
    service.DraftStale: (
        409,
        GIVEN,
        lambda e: _(
            "Bản nháp tháng {month} đã cũ: từ khi lập, có khung đã phát, có bài đã rút hoặc đã thay bản ghi. Hãy lập lại bằng: loa plan make {month}",
            month=e.month,
        ),
    ),
    service.DraftChanged: (
        409,
        GIVEN,
        lambda e: _(
            "Lịch tháng {month} đã được người khác sửa hoặc lập lại: bạn sửa từ phiên bản {given}, nay là phiên bản {found}. Chưa lưu gì; hãy xem lại rồi sửa tiếp: loa plan show ĐÀI {month} --draft",
            month=e.month,
            given=e.given,
            found=e.found,
        ),
    ),
    service.ChangeBreaks: (422, GIVEN, _broken_change),
    service.EndNotAfterStart: (
        400,
        GIVEN,
        lambda e: _("Kết thúc {end} phải sau khi bắt đầu {start}.", end=e.end, start=e.start),
    ),
    service.OutageOverlaps: (409, GIVEN, _outage),
    service.StationWorks: (
        409,
        GIVEN,
        lambda e: _(
            "Ngày {day} đài {station} không đóng cũng không hỏng. Xem bằng: loa stations show {station}",
            day=e.day,
            station=e.station,
        ),
    ),
    service.SegmentHasNoRecording: (
        409,
        GIVEN,
        lambda e: _(
            "Bài {segment} chưa có bản ghi nào được nhận, nên chưa có gì để phát. Xem lý do bằng: loa segments show {segment}",
            segment=e.segment,
        ),
    ),
    service.UnknownRendition: (
        404,
        GIVEN,
        lambda e: _(
            "Bài {segment} không có bản {kind}. Các loại bản: {known}.",
            segment=e.segment,
            kind=e.kind,
            known=", ".join(e.known),
        ),
    ),
    service.PushOvertaken: (
        409,
        GIVEN,
        lambda e: _(
            "Trong lúc chuẩn bị thay bản ghi của bài {segment}, lịch lại thay đổi nhiều lần, nên chưa thay gì. Hãy làm lại bằng: loa segments push {segment}",
            segment=e.segment,
        ),
    ),
    service.UnknownRevision: (
        404,
        GIVEN,
        lambda e: _("Lịch tháng {month} không có bản công bố số {number}.", month=e.month, number=e.number),
    ),
    service.StoreMostlyUnknown: (
        409,
        GIVEN,
        lambda e: _(
            "Cơ sở dữ liệu này không dùng đến {unused} trong {stored} tệp của kho. Có thể đây là cơ sở dữ liệu mới, được khôi phục, hoặc không phải của kho này, nên chưa xóa gì. Nếu đúng là muốn xóa, hãy thêm --even-most.",
            unused=e.unused,
            stored=e.stored,
        ),
    ),
}
