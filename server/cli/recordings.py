"""A segment's recordings as a terminal shows them: how each fares, what its checks say, what can be done next."""

from collections.abc import Iterator

import click

from server.services.views import SegmentView, VersionView
from server.texts import _

_INDENT = "   "


def print_recordings(segment: SegmentView) -> None:
    """The newest recording, and the one in force where that is another."""
    for version in segment.versions:
        if version.in_force or version is segment.versions[0]:
            print_recording(version)


def print_recording(version: VersionView) -> None:
    from server.web import recording_words

    state = recording_words.state(version.state)
    head = _(
        "Bản ghi {number} ({file}): {state}", number=version.number, file=_line(version.file_name), state=state.word
    )
    if version.state == "processing":
        head += f", {recording_words.step(version.step)}, {version.progress} %"
    elif version.in_force:
        head += ", " + _("đang dùng")
    click.echo(f"{state.sign} {head}")
    for line in _findings(version):
        click.echo(_INDENT + line)


def next_steps(segment: SegmentView) -> str | None:
    """What to do about the newest recording, or with it."""
    newest = segment.versions[0] if segment.versions else None
    if newest is None:
        return None
    code = segment.code
    advice: dict[str, str] = {
        "held": _(
            "Nghe giống bài đã có. Giữ lại bằng: loa segments keep {code}; bỏ đi bằng: loa segments discard {code} --reason …",
            code=code,
        ),
        "rejected": _(
            "Sửa rồi gửi lại bằng: loa segments replace {code} TỆP; cơ quan phụ trách châm chước bằng: loa segments overrule {code} --reason … --lead …",
            code=code,
        )
        if newest.can_overrule
        else _("Gửi tệp khác bằng: loa segments replace {code} TỆP", code=code),
        "draft": _("Chưa gửi duyệt. Gửi bằng: loa segments submit {code}", code=code),
        "submitted": _(
            "Đang chờ cơ quan phụ trách nội dung duyệt. Duyệt bằng: loa segments approve {code} --number {number} --as TÀI_KHOẢN",
            code=code,
            number=newest.number,
        ),
        "returned": _(
            "Bị trả lại. Sửa rồi gửi bản khác bằng: loa segments replace {code} TỆP; gửi duyệt lại bằng: loa segments submit {code}",
            code=code,
        ),
        "ready": _(
            "Khung đã công bố vẫn giữ bản cũ. Thay vào các khung chưa phát bằng: loa segments push {code} --reason …",
            code=code,
        )
        if newest.number > 1
        else _("Xếp vào lịch bằng: loa plan make THÁNG"),
    }
    return advice.get(newest.state)


def _findings(version: VersionView) -> Iterator[str]:
    from server.formats import moment
    from server.services.local_time import ZONE
    from server.web import recording_words, vetting_words

    if version.refusal is not None:
        yield f"✕ {version.refusal.sentence}"
    for check in version.checks:
        yield f"{recording_words.level(check.level).sign} {check.sentence}"
        if check.mend is not None:
            yield f"{_INDENT}{check.why} {check.mend}"
    for likeness in version.likenesses:
        yield "△ " + _(
            "giống {percent} % với {segment} «{title}», lệch {seconds} giây",
            percent=int(likeness.similarity * 100),
            segment=likeness.segment,
            title=_line(likeness.title),
            seconds=_seconds(likeness.offset_ms),
        )
    for step in version.vetting:
        reason = f": {_line(step.reason)}" if step.reason else ""
        yield f"· {vetting_words.action(step.action)}, {_line(step.actor_name)}, {moment(step.at, ZONE)}{reason}"
    if version.state == "submitted" and version.due_at is not None:
        yield "· " + _("hạn duyệt {moment}", moment=vetting_words.due(version.due_at))
    if version.decision is not None:
        lead = f" ({version.decision.lead})" if version.decision.lead else ""
        reason = f": {_line(version.decision.reason)}" if version.decision.reason else ""
        yield f"· {recording_words.decision(version.decision.action)}{lead}{reason}"


def _seconds(offset_ms: int) -> str:
    from server.formats import number

    return number(abs(offset_ms) / 1000, decimals=1)


def _line(text: str) -> str:
    """What people typed or called a file must not move the terminal's cursor."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
