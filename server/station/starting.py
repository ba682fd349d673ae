"""`loa station init`: the settings, the key that is trusted from now on, and a first look at the plan."""

import os
from pathlib import Path

import click

from schedules.manifest import SealedManifest
from server.cli.speaking import LoaCommand
from server.station.commands import named_settings
from server.station.disk import folder_refusals, write_whole
from server.station.folder import Folder
from server.station.refusals import SignedByAnother, StationSettingBad, StationSettingsThere
from server.station.seals import PinnedKey
from server.station.server_door import ServerDoor
from server.station.settings import (
    parsed_settings,
    server_address,
    settings_places,
    settings_text,
    station_code,
    station_token,
    token_in,
)
from server.texts import _


@click.command(
    cls=LoaCommand,
    help=_(
        "Tạo tệp thiết lập của đài: hỏi địa chỉ máy chủ, mã đài, mã truy cập; ghi khóa của máy chủ để sau này không nhận lịch giả. Ví dụ: loa station init"
    ),
)
@click.option("--server", help=_("Địa chỉ của Loa, ví dụ https://loa.daklak.gov.vn."))
@click.option("--station", help=_("Mã đài, ví dụ x24154."))
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
    help=_("Tệp có mã truy cập của đài; không có thì sẽ hỏi, gõ không hiện chữ."),
)
@click.option("--key", help=_("Khóa công khai của máy chủ (base64) mà người quản trị đưa."))
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=_("Nơi giữ lịch và âm thanh; mặc định: loa-station."),
)
@click.option("--trust", is_flag=True, help=_("Tin khóa mà máy chủ đưa ra lần này, không hỏi."))
@click.pass_context
def init(
    ctx: click.Context,
    server: str | None,
    station: str | None,
    token_file: Path | None,
    key: str | None,
    folder: Path | None,
    trust: bool,
) -> None:
    path = named_settings(ctx) or settings_places(os.environ)[0]
    if path.exists():
        raise StationSettingsThere(path=str(path))
    address = server_address(path, server or click.prompt(_("Địa chỉ của Loa")))
    code = station_code(path, station or click.prompt(_("Mã đài")))
    token = None if token_file is not None else click.prompt(_("Mã truy cập (gõ không hiện chữ)"), hide_input=True)
    shown = token_in(path, token_file) if token_file is not None else station_token(path, str(token))
    with ServerDoor(address, code, "") as door:
        pinned = _trusted(path, door, key, trust=trust)
    text = settings_text(
        server=address,
        station=code,
        token=shown if token_file is None else None,
        token_file=token_file,
        key=pinned,
        folder=folder or Path("loa-station"),
    )
    settings = parsed_settings(path, text)
    kept = Folder(settings.folder, key=pinned, station=code)
    with ServerDoor(address, code, shown) as door:
        offered = door.manifest()
    with folder_refusals(path.absolute().parent):
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
    kept.make()
    if offered is not None and isinstance(offered.sealed, SealedManifest):
        kept.keep(offered.sealed)
        click.echo(_("Đài {name} ({code}): nối được máy chủ.", name=offered.sealed.manifest.station_name, code=code))
    with folder_refusals(path):
        write_whole(path, text.encode(), mode=0o600)
    click.echo(_("Đã ghi {path}. Tiếp theo: loa station sync", path=path))


def _trusted(path: Path, door: ServerDoor, given: str | None, *, trust: bool) -> PinnedKey:
    """The key that was given, or that the server shows, when the person says so."""
    found = door.public_key()
    if given is not None:
        try:
            pinned = PinnedKey.of_text(given)
        except ValueError as error:
            raise StationSettingBad(
                path=str(path),
                name="key",
                value=given,
                expected=_("khóa công khai của máy chủ: 32 byte viết bằng base64"),
            ) from error
        if pinned != found:
            raise SignedByAnother(server=door.server, found=found.name, pinned=pinned.name)
        return pinned
    click.echo(_("Vân tay khóa của máy chủ: {fingerprint}", fingerprint=found.fingerprint))
    if not trust:
        click.confirm(_("Hãy gọi người quản trị đọc vân tay ấy. Có đúng không?"), abort=True)
    return found
