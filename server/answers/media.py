"""What people read when a recording, ffmpeg or the store refuses: what is wrong with it, and what to do."""

from media import refusals as media
from server.answers.shape import GIVEN, MACHINE, Entry, system_words
from server.formats import length_in_words, number
from server.texts import _


def _decibels(value: float) -> str:
    return number(value, decimals=1).replace("-", "−")


ANSWERS: dict[type[media.MediaRefusal], Entry] = {
    media.FfmpegMissing: (
        503,
        MACHINE,
        lambda e: _(
            "Không chạy được ffmpeg (đã thử: {tried}). Hãy chạy lại make setup, hoặc đặt LOA_FFMPEG là đường dẫn tới ffmpeg.",
            tried=", ".join(e.tried),
        ),
    ),
    media.FfmpegUnfit: (
        503,
        MACHINE,
        lambda e: _(
            "ffmpeg {version} ở {executable} thiếu những phần mà Loa cần ({last}). Hãy bỏ LOA_FFMPEG để dùng ffmpeg đi kèm, hoặc cài một bản ffmpeg đầy đủ.",
            version=e.version,
            executable=e.executable,
            last=_last_line(e.messages),
        ),
    ),
    media.FfmpegFailed: (
        503,
        MACHINE,
        lambda e: (
            _(
                "ffmpeg chạy quá lâu nên đã bị dừng ({last}). Máy có thể đang quá tải; hãy thử lại.",
                last=_last_line(e.messages),
            )
            if e.timed_out
            else _(
                "ffmpeg dừng bất thường, mã {status} ({last}). Hãy thử lại, hoặc kiểm tra máy bằng: loa doctor",
                status=e.status,
                last=_last_line(e.messages),
            )
        ),
    ),
    media.AudioNotFound: (400, GIVEN, lambda e: _("Không có tệp {path}. Hãy kiểm tra lại đường dẫn.", path=e.path)),
    media.AudioNotReadable: (
        400,
        GIVEN,
        lambda e: _(
            "Không đọc được tệp {path} ({reason}). Hãy cấp quyền đọc cho tệp này.",
            path=e.path,
            reason=system_words(e.reason),
        ),
    ),
    media.AudioChanged: (
        409,
        GIVEN,
        lambda e: _(
            "Tệp {path} bị thay đổi trong lúc nạp, nên chưa lưu gì. Hãy đợi chép hay ghi xong rồi nạp lại.", path=e.path
        ),
    ),
    media.AudioEmpty: (
        422,
        GIVEN,
        lambda _e: _("Tệp rỗng, không có byte nào. Có thể việc chép tệp chưa xong; hãy chép hoặc xuất lại."),
    ),
    media.NotAudio: (
        422,
        GIVEN,
        lambda _e: _(
            "Đây không phải tệp âm thanh mà Loa đọc được, dù tên tệp có thể ghi như vậy. Hãy xuất bản ghi ra MP3, WAV, FLAC, Opus hoặc M4A."
        ),
    ),
    media.NoAudioStream: (
        422,
        GIVEN,
        lambda _e: _("Tệp mở được nhưng bên trong không có âm thanh. Hãy xuất lại bản ghi có tiếng."),
    ),
    media.VideoFile: (
        422,
        GIVEN,
        lambda e: _(
            "Đây là tệp video ({codec}). Loa chỉ nhận âm thanh: hãy xuất riêng phần tiếng ra MP3 hoặc WAV.",
            codec=e.codec,
        ),
    ),
    media.TooManyStreams: (
        422,
        GIVEN,
        lambda e: _(
            "Tệp có {audio_streams} đường tiếng trong {streams} luồng, nên không rõ phải phát đường nào. Hãy xuất lại với một đường tiếng.",
            audio_streams=e.audio_streams,
            streams=e.streams,
        ),
    ),
    media.OddFormat: (
        422,
        GIVEN,
        lambda e: _(
            "Tệp ghi là có {channels} kênh ở {sample_rate} Hz; Loa nhận nhiều nhất {max_channels} kênh, từ {min_sample_rate} đến {max_sample_rate} Hz. Hãy xuất lại bản ghi thành MP3 hoặc WAV một hay hai kênh, 44.100 hoặc 48.000 Hz.",
            channels=e.channels,
            sample_rate=number(e.sample_rate),
            max_channels=e.max_channels,
            min_sample_rate=number(e.min_sample_rate),
            max_sample_rate=number(e.max_sample_rate),
        ),
    ),
    media.FormatChanges: (
        422,
        GIVEN,
        lambda e: _(
            "Giữa chừng bản ghi đổi tần số lấy mẫu hoặc số kênh ({changes} lần), thường vì ghép nhiều tệp khác loại thành một. Hãy mở bằng phần mềm dựng tiếng rồi xuất lại thành một tệp.",
            changes=e.changes,
        ),
    ),
    media.HeaderLies: (
        422,
        GIVEN,
        lambda e: _(
            "Phần đầu tệp WAV ghi ngắn hơn số tiếng có trong tệp: còn {hidden_bytes} byte phía sau sẽ không phát được. Việc ghi âm có thể đã bị ngắt; hãy mở tệp bằng phần mềm dựng tiếng rồi xuất lại.",
            hidden_bytes=number(e.hidden_bytes),
        ),
    ),
    media.AudioTooLong: (
        422,
        GIVEN,
        lambda e: (
            _(
                "Bản ghi dài {length}, quá mức cho phép là {most}. Hãy cắt thành các bài ngắn hơn.",
                length=length_in_words(e.duration_ms),
                most=length_in_words(e.max_ms),
            )
            if e.declared
            else _(
                "Bản ghi dài hơn mức cho phép là {most}. Hãy cắt thành các bài ngắn hơn.",
                most=length_in_words(e.max_ms),
            )
        ),
    ),
    media.AudioTooShort: (
        422,
        GIVEN,
        lambda e: _(
            "Bản ghi chỉ có {length} giây tiếng, ít hơn mức tối thiểu là {least} giây. Hãy kiểm tra đã chọn đúng tệp chưa.",
            length=number(e.duration_ms / 1000, decimals=1),
            least=number(e.min_ms / 1000, decimals=1),
        ),
    ),
    media.AudioTruncated: (
        422,
        GIVEN,
        lambda e: (
            _(
                "Tệp bị cụt: chỉ giải mã được {length}. Có thể việc chép hay tải chưa xong; hãy lấy lại tệp đầy đủ.",
                length=length_in_words(e.decoded_ms),
            )
            if e.declared_ms is None
            else _(
                "Tệp bị cụt: ghi là dài {declared} nhưng chỉ giải mã được {length}. Có thể việc chép hay tải chưa xong; hãy lấy lại tệp đầy đủ.",
                declared=length_in_words(e.declared_ms),
                length=length_in_words(e.decoded_ms),
            )
        ),
    ),
    media.AudioDamaged: (
        422,
        GIVEN,
        lambda e: _(
            "Bản ghi bị hỏng: có {errors} đoạn không giải mã được. Hãy xuất lại từ bản gốc.", errors=number(e.errors)
        ),
    ),
    media.AudioSilent: (
        422,
        GIVEN,
        lambda e: _(
            "Bản ghi không có tiếng: độ to {loudness} LUFS, dưới mức {least} LUFS. Hãy kiểm tra micrô và thu lại.",
            loudness=_decibels(e.loudness_lufs),
            least=_decibels(e.silent_below_lufs),
        ),
    ),
    media.RecordingTooLong: (
        422,
        GIVEN,
        lambda e: _(
            "Bản ghi sóng dài hơn {hours} giờ. Hãy cắt thành từng ngày rồi gửi từng tệp.",
            hours=number(e.max_ms / 3_600_000),
        ),
    ),
    media.RecordingSilent: (
        422,
        GIVEN,
        lambda e: _(
            "Bản ghi sóng dài {length} và im lặng từ đầu đến cuối, nên không nói lên đài có phát hay không. Hãy kiểm tra micrô hoặc dây nối máy ghi rồi ghi lại.",
            length=length_in_words(e.duration_ms),
        ),
    ),
    media.AudioCancelsInMono: (
        422,
        GIVEN,
        lambda e: _(
            "Hai kênh ngược pha nhau: ra loa một kênh chỉ còn {mono} LUFS so với {loudness} LUFS. Hãy đảo cực một kênh hoặc xuất bản ghi một kênh.",
            mono=_decibels(e.mono_loudness_lufs),
            loudness=_decibels(e.loudness_lufs),
        ),
    ),
    media.StoreUnwritable: (
        507,
        MACHINE,
        lambda e: _(
            "Không ghi được vào kho âm thanh {path} ({reason}). Hãy kiểm tra đĩa và quyền ghi; chưa có gì được lưu dở dang.",
            path=e.path,
            reason=system_words(e.reason),
        ),
    ),
    media.StoreUnreachable: (
        503,
        MACHINE,
        lambda e: _(
            "Không hỏi được kho âm thanh {url} ({reason}). Chưa có gì bị thay đổi; hãy thử lại khi kho hoạt động.",
            url=e.url,
            reason=_store_words(e.reason),
        ),
    ),
    media.MissingAudio: (
        404,
        GIVEN,
        lambda e: _("Kho không có tệp âm thanh {sha256}.", sha256=e.sha256),
    ),
    media.CorruptAudio: (
        500,
        MACHINE,
        lambda e: _(
            "Tệp âm thanh {sha256} trong kho đã bị thay đổi hoặc hỏng. Hãy khôi phục tệp này từ bản sao lưu.",
            sha256=e.sha256,
        ),
    ),
}


def _store_words(reason: str) -> str:
    words = {
        "no_answer": _("kho không trả lời; kiểm tra mạng và địa chỉ trong LOA_STORE_URL"),
        "credentials": _(
            "khóa truy cập không đúng hoặc không đủ quyền; kiểm tra AWS_ACCESS_KEY_ID và AWS_SECRET_ACCESS_KEY"
        ),
        "no_bucket": _("không có bucket này; hãy tạo bucket hoặc sửa LOA_STORE_URL"),
        "failed": _("kho báo lỗi của chính kho"),
    }
    return words.get(reason) or system_words(reason)


def _last_line(messages: list[str]) -> str:
    return messages[-1] if messages else _("không có thông báo")
