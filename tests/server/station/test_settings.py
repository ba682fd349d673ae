"""The one file of settings: what is taken, and what is refused with the field's name and the mend."""

from datetime import time
from pathlib import Path

import pytest

from server.station.fetching_command import sentence_of
from server.station.refusals import (
    StationRefusal,
    StationSettingBad,
    StationSettingsMissing,
    StationSettingsUnreadable,
    StationSettingUnknown,
)
from server.station.settings import FILE, SyncSettings, find_settings, read_settings, settings_text
from tests.server.station.sealing import KEY

SHOWN = "loa_x_y"
WHOLE = settings_text(
    server="https://loa.example/", station="h654", token=SHOWN, token_file=None, key=KEY, folder=Path("giữ")
)


def written(folder: Path, text: str) -> Path:
    path = folder / FILE
    path.write_text(text)
    return path


def test_what_init_writes_is_read_with_every_default(tmp_path: Path) -> None:
    found = read_settings(written(tmp_path, WHOLE))
    assert (found.server, found.station, found.token, found.key) == ("https://loa.example", "h654", "loa_x_y", KEY)
    assert (found.folder, found.sync, found.play.player) == (tmp_path / "giữ", SyncSettings(), "auto")
    assert SHOWN not in repr(found)


def test_each_note_is_a_setting_that_may_be_used(tmp_path: Path) -> None:
    opened = "\n".join(line.removeprefix("# ") if "=" in line else line for line in WHOLE.splitlines())
    found = read_settings(written(tmp_path, opened))
    assert found.sync == SyncSettings(limit_kbit=512, night=(time(22), time(5)))
    assert (found.play.relay, found.play.filler) == ("http://…", tmp_path / "nhac")


def test_names_with_quotes_and_backslashes_come_back_as_they_were(tmp_path: Path) -> None:
    folder = Path('C:\\Đài "Ea Kly"\\giữ')
    text = settings_text(
        server="http://127.0.0.1:8000", station="h654", token=None, token_file=Path("mã"), key=KEY, folder=folder
    )
    (tmp_path / "mã").write_text("loa_x_y\n")
    found = read_settings(written(tmp_path, text))
    assert (found.folder, found.token) == (tmp_path / folder, "loa_x_y")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (("https://loa.example/", "loa.example"), "server"),
        (("https://loa.example/", "ftp://loa.example"), "server"),
        (("https://loa.example/", "https://ai:mat@loa.example"), "server"),
        (("https://loa.example/", "http://loa.example:81x"), "server"),
        (("https://loa.example/", "http://loa.example:99999"), "server"),
        (("https://loa.example/", "http://[::1"), "server"),
        (('"h654"', '"H 654"'), "station"),
        (('token = "loa_x_y"', 'token = "mã_của_đài"'), "token"),
        (('token = "loa_x_y"', 'token = "loa_x y"'), "token"),
        (('"h654"', "654"), "station"),
        (('token = "loa_x_y"', ""), "token"),
        (('token = "loa_x_y"', 'token_file = "không có"'), "token_file"),
        (('token = "loa_x_y"', 'token = "a"\ntoken_file = "b"'), "token_file"),
        ((KEY.text, "AAAA"), "key"),
        ((KEY.text, "không phải"), "key"),
        (('folder = "giữ"', ""), "folder"),
        (('# copies = "auto"', 'copies = "tốt"'), "sync.copies"),
        (("# limit_kbit = 512", "limit_kbit = -1"), "sync.limit_kbit"),
        (("# limit_kbit = 512", "limit_kbit = true"), "sync.limit_kbit"),
        (('# night = "22:00-05:00"', 'night = "22-5"'), "sync.night"),
        (('# night = "22:00-05:00"', 'night = "25:00-05:00"'), "sync.night"),
        (('# night = "22:00-05:00"', 'night = "05:00-05:00"'), "sync.night"),
        (('# player = "auto"', 'player = "vlc"'), "play.player"),
        (('# player = "auto"', 'player = "mpv \'{file}"'), "play.player"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, change: tuple[str, str], name: str) -> None:
    assert change[0] in WHOLE
    with pytest.raises(StationSettingBad) as told:
        read_settings(written(tmp_path, WHOLE.replace(*change)))
    assert told.value.name == name
    assert name in sentence_of(told.value)


def test_a_token_that_was_copied_wrong_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(StationSettingBad) as told:
        read_settings(written(tmp_path, WHOLE.replace(SHOWN, f"{SHOWN} của đài")))
    assert SHOWN not in sentence_of(told.value)


def test_a_name_that_is_none_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(StationSettingUnknown) as told:
        read_settings(written(tmp_path, WHOLE.replace("# limit_kbit", "limit_kbits")))
    assert (told.value.name, told.value.nearest) == ("sync.limit_kbits", "sync.limit_kbit")
    with pytest.raises(StationSettingBad, match="sync"):
        read_settings(written(tmp_path, "sync = 3\n" + WHOLE.replace("[sync]", "")))


@pytest.mark.parametrize("content", [b"server = ", b"\xff\xfe\x00", b"\0" * 40, WHOLE.encode()[:30]])
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE
    path.write_bytes(content)
    refused: tuple[type[StationRefusal], ...] = (StationSettingsUnreadable, StationSettingBad)
    with pytest.raises(refused) as told:
        read_settings(path)
    assert str(path) in sentence_of(told.value)


def test_it_is_looked_for_where_it_is_named_and_nowhere_else(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    assert find_settings(None, {"LOA_STATION_SETTINGS": str(path)}).station == "h654"
    assert find_settings(path, {"LOA_STATION_SETTINGS": "/khong/co"}).station == "h654"
    with pytest.raises(StationSettingsMissing) as told:
        find_settings(None, {"LOA_STATION_SETTINGS": str(tmp_path / "x")})
    assert told.value.looked == [str(tmp_path / "x")]
