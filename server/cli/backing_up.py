"""Backups: make, list, verify, prune; and restore."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.opening import opened, settings
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.speaking import LoaCommand, LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.backup_restoring import RestorePreview
    from server.services.backup_sealing import Sealing
    from server.services.context import Context

TO = click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help=_("Thư mục giữ các bản sao lưu; mặc định: LOA_BACKUP_TO."),
)
UNSEALED = click.option(
    "--unsealed", is_flag=True, help=_("Nhận cả bản không mã hóa, dù LOA_BACKUP_KEY đã đặt: ai cũng có thể đã sửa nó.")
)
WHICH = click.argument("which", metavar=_("BẢN"), required=False)


@click.group(cls=LoaGroup, help=_("Sao lưu cơ sở dữ liệu và âm thanh, kiểm tra các bản sao lưu."))
def backup() -> None:
    pass


@backup.command(
    help=_(
        "Sao lưu cả cơ sở dữ liệu và những âm thanh chưa có trong thư mục sao lưu. Chạy được khi Loa đang phục vụ. "
        "Có LOA_BACKUP_KEY thì mã hóa."
    )
)
@TO
@as_json
def make(folder: Path | None, json_wanted: bool) -> None:
    from server.formats import number, size
    from server.services.backup_making import make_backup

    place, sealing = _where(folder)
    with opened() as context, progress_bar(_("Chép âm thanh")) as move:
        made = make_backup(context, place, sealing, progress=move)
    if json_wanted:
        print_json(made)
        return
    note(
        _(
            "Đã sao lưu {name} vào {folder}: {rows} dòng, {sounds} âm thanh ({new} mới, ghi thêm {size}).",
            name=made.name,
            folder=made.folder,
            rows=number(made.rows),
            sounds=number(made.sounds),
            new=number(made.new_sounds),
            size=size(made.new_size),
        )
    )
    if made.missing:
        note(_("Thiếu {count} âm thanh trong kho; xem bằng: loa media verify", count=number(len(made.missing))))
    if not made.sealed:
        note(_("Bản này không mã hóa. Muốn mã hóa, hãy tạo khóa bằng: loa backup key"))


@backup.command(name="list", help=_("Các bản sao lưu, mới nhất trước."))
@TO
@as_json
def list_(folder: Path | None, json_wanted: bool) -> None:
    from server.formats import number, size
    from server.services.backups import list_backups

    place, _sealing = _where(folder)
    found = list_backups(place)
    if json_wanted:
        print_json(found)
        return
    kinds = {"full": _("sao lưu"), "safety": _("trước khi khôi phục"), "upgrade": _("trước khi nâng cấp")}
    rows = [
        (
            each.name,
            kinds[each.kind],
            number(sum(table.rows for table in each.tables)),
            number(len(each.sounds)),
            size(sum(table.size for table in each.tables) + sum(bytes_ for _, bytes_ in each.sounds)),
            _("mã hóa") if each.sealed else "",
        )
        for each in found
    ]
    print_table(
        _("Các bản sao lưu trong {folder}", folder=place),
        (_("Bản"), _("Loại"), _("Dòng"), _("Âm thanh"), _("Dung lượng"), ""),
        rows,
        numeric=(2, 3, 4),
    )


@backup.command(
    help=_(
        "Khôi phục thật một bản sao lưu vào chỗ tạm rồi so từng bảng, từng âm thanh, nhật ký và các tháng đã chốt. "
        "Mặc định: bản mới nhất. Mã thoát 3 khi có chỗ không khớp."
    )
)
@WHICH
@TO
@UNSEALED
@as_json
def verify(which: str | None, folder: Path | None, unsealed: bool, json_wanted: bool) -> int:
    from server.formats import number
    from server.services.backup_checks import verify_backup
    from server.services.backups import read_backup

    place, sealing = _where(folder)
    with opened() as context, progress_bar(_("Đọc lại âm thanh")) as move:
        chosen = read_backup(place, which, sealing=sealing, unsealed=unsealed)
        found = verify_backup(context, place, chosen, sealing, progress=move)
    if json_wanted:
        print_json(found)
        return 3 if found.faults else 0
    for fault in found.faults:
        note(f"✕ {fault}")
    told = {
        "name": found.name,
        "tables": number(found.tables),
        "rows": number(found.rows),
        "sounds": number(found.sounds),
        "entries": number(found.entries),
    }
    if found.faults:
        note(
            _(
                "Bản sao lưu {name} không dùng được như vậy. Hãy sao lưu lại: loa backup make --to {folder}",
                name=found.name,
                folder=shlex.quote(str(place)),
            )
        )
        return 3
    note(
        _(
            "✓ Bản sao lưu {name} nguyên vẹn: nạp lại được {tables} bảng, {rows} dòng; {sounds} âm thanh đúng mã; nhật ký {entries} dòng nối đúng.",
            **told,
        )
    )
    return 0


@backup.command(
    help=_(
        "Bỏ các bản sao lưu cũ, giữ lại những bản mới nhất, và những âm thanh không bản nào cần nữa. Bản làm trước khi khôi phục hay nâng cấp thì giữ; không cần nữa thì xóa thư mục của nó."
    )
)
@click.option("--keep", type=click.IntRange(1, 10_000), required=True, help=_("Giữ lại ngần này bản mới nhất."))
@TO
def prune(keep: int, folder: Path | None) -> None:
    from server.services.backup_making import prune_backups

    place, _sealing = _where(folder)
    with opened() as context:
        gone = prune_backups(context, place, keep=keep)
    note(_("Đã bỏ {count} bản sao lưu: {names}", count=len(gone), names=", ".join(gone) or "–"))


@backup.command(
    help=_("Tạo một khóa ngẫu nhiên cho LOA_BACKUP_KEY hay LOA_SECRET. Hãy giữ khóa ở nơi khác với bản sao lưu.")
)
def key() -> None:
    import secrets

    click.echo(secrets.token_hex(32))


@backup.command(help=_("Khóa của Loa lúc sao lưu (LOA_SECRET), để đặt trên máy khác. Hãy giữ kín."))
@WHICH
@TO
def secret(which: str | None, folder: Path | None) -> None:
    from server.services.backup_restoring import secret_of
    from server.services.backups import read_backup

    place, sealing = _where(folder)
    found = secret_of(place, read_backup(place, which, sealing=sealing, unsealed=True), sealing)
    if found is not None:
        click.echo(found.hex())


@click.command(
    cls=LoaCommand,
    help=_(
        "Khôi phục một bản sao lưu. Cho biết trước sẽ thay đổi gì; chỉ làm khi có --yes, sau khi sao lưu những gì đang có. "
        "Cần dừng mọi loa serve, loa run, loa worker."
    ),
)
@WHICH
@TO
@click.option("--yes", is_flag=True, help=_("Khôi phục thật."))
@UNSEALED
@as_json
def restore(which: str | None, folder: Path | None, yes: bool, unsealed: bool, json_wanted: bool) -> None:
    from server.services.backup_refusals import RestoreNotMeant
    from server.services.backup_restoring import preview_restore
    from server.services.backup_restoring import restore as put_back
    from server.services.backups import read_backup

    place, sealing = _where(folder)
    chosen = read_backup(place, which, sealing=sealing, unsealed=unsealed)
    with _opened_or_set_aside(really=yes) as context, progress_bar(_("Chép âm thanh")) as move:
        preview = preview_restore(context, chosen)
        if not json_wanted:
            _tell(preview)
        if not yes:
            if json_wanted:
                print_json(preview)
            raise RestoreNotMeant(backup=chosen.name)
        done = put_back(context, place, chosen, sealing, progress=move)
    if json_wanted:
        print_json(done)
        return
    note(_("Đã khôi phục {name}. Những gì có trước đó nằm ở bản {safety}.", name=done.backup, safety=done.safety.name))
    # The command as it has to be written: a folder that was named once is named again.
    undo = f"loa restore {done.safety.name} --yes" + ("" if folder is None else f" --to {shlex.quote(str(place))}")
    note(_("Muốn trở lại như trước: {command}", command=undo))


@contextmanager
def _opened_or_set_aside(*, really: bool) -> "Iterator[Context]":
    """A file that can't be read any more is no reason not to restore: it is kept beside, and an empty one is made."""
    from server.services.backup_restoring import set_aside
    from server.services.footing_refusals import DatabaseDamaged
    from server.services.in_use import for_itself

    with ExitStack() as stack:
        try:
            context = stack.enter_context(opened(restores=really))
        except DatabaseDamaged:
            path = settings().database.path
            if path is None or not really or not path.exists():
                raise
            home = settings().home
            with for_itself(home, settings().database):
                note(_("Tệp hỏng được giữ ở {path}.", path=set_aside(home, path)))
            context = stack.enter_context(opened(restores=really))
        yield context


def _where(folder: Path | None) -> "tuple[Path, Sealing]":
    """Raises NoBackupFolder, BadSetting."""
    from server.services.backup_refusals import ANYWHERE, NoBackupFolder
    from server.services.backup_sealing import Sealing

    chosen = settings()
    place = folder or chosen.backup_to
    if place is None:
        raise NoBackupFolder(command=f"{shlex.join(['loa', *sys.argv[1:]])} --to {ANYWHERE}")
    return place.absolute(), Sealing(chosen.backup_key)


def _tell(preview: "RestorePreview") -> None:
    from server.formats import number

    if preview.tables:
        rows = [(each.table, number(each.now), number(each.then)) for each in preview.tables]
        print_table(_("Số dòng sẽ thay đổi"), (_("Bảng"), _("Đang có"), _("Sau khi khôi phục")), rows, numeric=(1, 2))
    else:
        note(_("Số dòng của mọi bảng giữ nguyên."))
    for month in preview.months:
        note(
            _(
                "Tháng {month}: đang ở bản {now}, bản sao lưu có bản {then}. Lần công bố tới sẽ mang số lớn hơn {now}, để đài không nhầm bản cũ với bản mới.",
                month=month.month,
                now=month.now,
                then=month.then,
            )
        )
    if preview.sounds_to_bring:
        note(_("Sẽ chép lại {count} âm thanh vào kho.", count=number(preview.sounds_to_bring)))
