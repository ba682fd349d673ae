"""What stations say they aired: one statement typed, a log sent, the entries of a month listed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schedules.months import Month
from server.cli.opening import AS, MONTH, opened
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.running import ZONE
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from datetime import datetime

    from server.services.as_run import BatchOutcome

STATION = click.argument("station", metavar=_("ĐÀI"))
KINDS = ("csv", "xlsx", "liquidsoap", "mpd", "source_system")
# Lines that were not taken: what was given can't be.
_REFUSED = 2


@click.group(cls=LoaGroup, help=_("Nhật ký phát sóng: báo điều đã phát, gửi nhật ký, xem mọi điều đã báo."))
def aired() -> None:
    pass


@aired.command(
    "say",
    help=_(
        "Báo một điều đã phát, hoặc không phát. Ví dụ: loa aired say h654 --at '05/12/2026 05:00' --title 'Bản tin' "
        "--length 3:12; loa aired say h654 --slot KHUNG --not-aired --reason 'Mất điện'"
    ),
)
@STATION
@click.option("--slot", metavar=_("KHUNG"), help=_("Mã khung phát; không nêu bài thì nói về cả khung."))
@click.option("--segment", metavar=_("MÃ"), help=_("Mã bài."))
@click.option("--title", default="", help=_("Tên bài, khi không có mã."))
@click.option("--at", "begins", help=_("Phát lúc nào, giờ Việt Nam, ví dụ '05/12/2026 05:00'."))
@click.option("--length", "length_said", help=_("Phát bao lâu, phút:giây; không nêu là trọn bài."))
@click.option("--not-aired", is_flag=True, help=_("Không phát; cần --reason."))
@click.option("--reason", default="", help=_("Lý do không phát, hoặc lý do đính chính."))
@click.option("--corrects", metavar=_("DÒNG"), help=_("Đính chính dòng nhật ký này; cần --reason."))
@click.option("--dry-run", is_flag=True, help=_("Chỉ thử, không lưu."))
@AS
@as_json
def say_(station: str, as_login: str | None, json_wanted: bool, dry_run: bool, **given: Any) -> int:
    from server.services.as_run import Said, say
    from server.services.rights import Right

    line = Said(
        line=1,
        slot=given["slot"],
        segment=given["segment"],
        title=given["title"],
        starts_at=_moment(given["begins"]),
        duration_ms=_duration_ms(given["length_said"]),
        aired=not given["not_aired"],
        reason=given["reason"],
        corrects=given["corrects"],
    )
    with opened(as_login=as_login, right=Right.AIRED_SAY) as context:
        outcome = say(context, [line], source="api", station=station, dry_run=dry_run)
    [taken] = outcome.lines
    if taken.refusal is not None and not json_wanted:
        raise taken.refusal
    return _tell(outcome, json_wanted=json_wanted)


@aired.command(
    "send",
    help=_(
        "Gửi cả một nhật ký của đài; mỗi dòng được nhận hay không tùy dòng đó. Thử trước bằng --dry-run. "
        "Ví dụ: loa aired send h654 thang-12.xlsx --dry-run"
    ),
)
@STATION
@click.argument("file", metavar=_("TỆP"), type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--kind", type=click.Choice(KINDS), help=_("Loại nhật ký; không nêu thì theo đuôi tệp csv, xlsx."))
@click.option("--dry-run", is_flag=True, help=_("Chỉ thử, không lưu: mỗi dòng sẽ ra sao."))
@AS
@as_json
def send(*, station: str, file: Path, kind: str | None, dry_run: bool, as_login: str | None, json_wanted: bool) -> int:
    from server.services.rights import Right
    from server.services.station_logs import take_log

    wanted = kind or file.suffix.lower().removeprefix(".")
    with opened(as_login=as_login, right=Right.AIRED_SAY) as context:
        outcome = take_log(context, station, kind=wanted, data=file.read_bytes(), name=file.name, dry_run=dry_run)
    return _tell(outcome, json_wanted=json_wanted)


@aired.command("list", help=_("Mọi điều đã báo của một đài trong tháng. Ví dụ: loa aired list h654 2026-12"))
@STATION
@MONTH
@as_json
def list_(station: str, month: Month, json_wanted: bool) -> None:
    from server.formats import length, moment
    from server.services.station_entries import entries_of
    from server.web import airing_words

    with opened() as context:
        found = entries_of(context, station, month)
    if json_wanted:
        print_json(found)
        return
    print_table(
        _("Nhật ký phát sóng của {station}, tháng {month}", station=station, month=month),
        [_("Lúc báo"), _("Ai, bằng gì"), _("Mức"), _("Nói gì"), _("Giờ phát"), _("Dài"), _("Dòng")],
        [
            [
                moment(each.received_at, ZONE),
                f"{each.said_by}, {airing_words.source(each.source)}",
                airing_words.grade(each.grade),
                ": ".join(
                    (
                        _("đã phát") if each.aired else _("không phát"),
                        each.title or each.slot or each.segment or "?",
                    )
                )
                + (f" ({_('đã được đính chính')})" if each.corrected_by else ""),
                moment(each.starts_at, ZONE) if each.starts_at else each.slot or "–",
                length(each.duration_ms) if each.duration_ms is not None else "–",
                each.uid,
            ]
            for each in found
        ],
        numeric=[5],
    )


def _tell(outcome: "BatchOutcome", *, json_wanted: bool) -> int:
    from server.errors import answer

    refused = outcome.count("refused")
    if json_wanted:
        from server.api.airing import out

        print_json(out(outcome))
        return _REFUSED if refused else 0
    words = {"new": _("mới"), "known": _("đã có"), "refused": _("không nhận")}
    print_table(
        _("Từng dòng"),
        [_("Dòng"), _("Kết quả"), _("Tháng"), _("Vì sao")],
        [
            [
                str(each.line),
                words[each.outcome] + (f", {_('sau khi chốt tháng')}" if each.amends else ""),
                each.month or "–",
                answer(each.refusal).sentence if each.refusal is not None else "",
            ]
            for each in outcome.lines
        ],
        numeric=[0],
    )
    note(
        _(
            "{new} dòng mới, {known} dòng đã có, {refused} dòng không nhận.",
            new=outcome.count("new"),
            known=outcome.count("known"),
            refused=refused,
        )
    )
    if outcome.dry_run:
        note(_("Đây mới là thử: chưa lưu gì."))
    return _REFUSED if refused else 0


def _moment(text: str | None) -> "datetime | None":
    from schedules.logs.lines import LineFault
    from schedules.logs.written import read_moment
    from server.services.refusals import BadField

    expected = _("ngày/tháng/năm giờ:phút, ví dụ 05/12/2026 05:00")
    if text is None:
        return None
    try:
        moment = read_moment("starts_at", text, None, ZONE)
    except LineFault as error:
        raise BadField(field="--at", value=text, expected=expected) from error
    if moment is None:
        raise BadField(field="--at", value=text, expected=expected)
    return moment


def _duration_ms(text: str | None) -> int | None:
    from schedules.logs.lines import LineFault
    from schedules.logs.written import read_duration
    from server.services.refusals import BadField

    if text is None:
        return None
    try:
        return read_duration("duration", text)
    except LineFault as error:
        raise BadField(field="--length", value=text, expected=_("phút:giây, ví dụ 3:12")) from error
