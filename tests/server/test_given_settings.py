"""Where settings come from: the environment, a file, files of secrets; what is misspelt, doubled or unreadable."""

import ipaddress
import json
from datetime import timedelta
from pathlib import Path

import pytest

from server.errors import answer
from server.services.public_url import PublicUrl, is_loopback
from server.services.refusals import BadSetting
from server.services.session_limits import SessionLimits
from server.services.setting_refusals import SettingsFileUnreadable, SettingTwice, UnknownSetting
from server.setting_table import SETTINGS
from server.settings import MASK, Settings, told
from tests.server.cli.command import loa

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "bi-mat-lam"}
STORE = {"LOA_STORE_URL": "s3://loa-audio"}


def written(folder: Path, text: str, name: str = "loa.conf") -> str:
    file = folder / name
    file.write_text(text, "utf-8")
    return str(file)


def test_a_file_is_read_as_systemd_reads_one(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "\ufeff# ghi chú\n; cũng vậy\n\nLOA_PORT=9000\n  LOA_LANG = en\n".replace(" = ", "=")
        + "LOA_HOME=\"/srv/đài phát\"\nLOA_FFMPEG='/opt/ff mpeg'\nPATH=/bin\nLOA_PORT=9001\r\n",
    )
    settings = Settings.from_environment({"LOA_SETTINGS": path})
    assert (settings.port, settings.language) == (9001, "en")
    assert (settings.home, settings.ffmpeg) == (Path("/srv/đài phát"), Path("/opt/ff mpeg"))


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "LOA_PORT=9000\nLOA_LANG=en\n")
    settings = Settings.from_environment({"LOA_SETTINGS": path, "LOA_PORT": "9002", "LOA_LANG": ""})
    assert (settings.port, settings.language) == (9002, "en")


@pytest.mark.parametrize(
    ("text", "line"), [("LOA_PORT 9000", 1), ("\n\n=9", 3), ("LOA_PORT=1\nexport LOA_LANG=vi", 2), ("9A=1", 1)]
)
def test_a_line_that_sets_nothing_is_refused_with_its_place(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(SettingsFileUnreadable) as refused:
        Settings.from_environment({"LOA_SETTINGS": written(tmp_path, text)})
    assert refused.value.line == line


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"#" * 2_000_000])
def test_a_file_that_cant_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "loa.conf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsFileUnreadable) as refused:
        Settings.from_environment({"LOA_SETTINGS": str(file)})
    assert (refused.value.line, refused.value.path) == (0, str(file))


@pytest.mark.parametrize(
    ("name", "nearest"), [("LOA_PROT", "LOA_PORT"), ("LOA_PUBLIC_URI", "LOA_PUBLIC_URL"), ("LOA_XYZZY\n", "")]
)
def test_a_misspelt_name_is_refused_with_the_nearest_that_is_known(tmp_path: Path, name: str, nearest: str) -> None:
    with pytest.raises(UnknownSetting) as refused:
        Settings.from_environment({name: "1"})
    assert refused.value.nearest == nearest
    assert "\n" not in answer(refused.value).sentence
    if name.isidentifier():
        path = written(tmp_path, f"{name}=1")
        with pytest.raises(UnknownSetting) as refused:
            Settings.from_environment({"LOA_SETTINGS": path})
        assert (refused.value.nearest, refused.value.where) == (nearest, path)


def test_a_file_may_not_name_another_file(tmp_path: Path) -> None:
    with pytest.raises(UnknownSetting):
        Settings.from_environment({"LOA_SETTINGS": written(tmp_path, "LOA_SETTINGS=/etc/loa.conf")})


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = written(tmp_path, "bi-mat-lam\n", "khoa")
    given = STORE | {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY_FILE": secret}
    settings = Settings.from_environment(given)
    assert settings.s3 is not None
    assert settings.s3.secret_access_key == "bi-mat-lam"  # noqa: S105 (an example)
    assert settings.secret_files == (Path(secret),)
    path = written(tmp_path, f"AWS_SECRET_ACCESS_KEY_FILE={secret}\nAWS_ACCESS_KEY_ID=AKIAEXAMPLE\n")
    settings = Settings.from_environment(STORE | {"LOA_SETTINGS": path})
    assert settings.secret_files == (Path(secret), Path(path))


def test_a_secret_given_twice_or_in_an_empty_file_is_refused(tmp_path: Path) -> None:
    secret = written(tmp_path, "bi-mat-lam", "khoa")
    with pytest.raises(SettingTwice):
        Settings.from_environment(STORE | KEYS | {"AWS_SECRET_ACCESS_KEY_FILE": secret})
    for path in (written(tmp_path, "\n", "rong"), str(tmp_path / "none"), str(tmp_path)):
        with pytest.raises(BadSetting) as refused:
            Settings.from_environment(STORE | {"AWS_SECRET_ACCESS_KEY_FILE": path})
        assert refused.value.name == "AWS_SECRET_ACCESS_KEY_FILE"


def test_what_is_no_secret_has_no_file() -> None:
    with pytest.raises(UnknownSetting):
        Settings.from_environment({"LOA_PORT_FILE": "/run/secrets/port"})


def test_all_are_told_with_value_source_and_meaning_and_no_secret(tmp_path: Path) -> None:
    path = written(tmp_path, "LOA_PORT=9000\n")
    secret = written(tmp_path, "bi-mat-lam", "khoa")
    given = STORE | {"LOA_SETTINGS": path, "LOA_LANG": "en", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"}
    found = {each.name: each for each in told(given | {"AWS_SECRET_ACCESS_KEY_FILE": secret})}
    assert found.keys() == {setting.name for setting in SETTINGS}
    assert {name: (each.value, each.source) for name, each in found.items() if each.source != "default"} == {
        "LOA_PORT": ("9000", "file"),
        "LOA_LANG": ("en", "environment"),
        "LOA_STORE_URL": ("s3://loa-audio", "environment"),
        "AWS_ACCESS_KEY_ID": (MASK, "environment"),
        "AWS_SECRET_ACCESS_KEY": (MASK, "secret_file"),
    }
    assert all(each.meaning for each in found.values())
    assert "bi-mat" not in str(found)
    assert "AKIA" not in str(found)


def test_each_setting_is_declared_once_and_its_default_can_be_read() -> None:
    names = [setting.name for setting in SETTINGS]
    assert len(names) == len(set(names))
    for setting in SETTINGS:
        setting.parse(setting.name, setting.default)


def test_the_command_lists_them_for_people_and_for_programs(tmp_path: Path) -> None:
    settings = {"LOA_PORT": "9000", **STORE, **KEYS}
    done = loa(tmp_path / "home", "settings", **settings)
    assert done.returncode == 0, done.stderr
    assert "LOA_TRUSTED_PROXIES" in done.stdout
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in done.stdout
    assert len(json.loads(loa(tmp_path / "home", "settings", "--json", **settings).stdout)) == len(SETTINGS)
    wrong = loa(tmp_path / "home", "settings", LOA_PROT="1")
    assert (wrong.returncode, "LOA_PORT" in wrong.stderr) == (3, True)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://loa.example.gov.vn", PublicUrl(scheme="https", host="loa.example.gov.vn")),
        ("HTTPS://Loa.Example.gov.vn/", PublicUrl(scheme="https", host="loa.example.gov.vn")),
        ("https://loa.example.gov.vn:443", PublicUrl(scheme="https", host="loa.example.gov.vn")),
        ("https://loa.example.gov.vn:8443", PublicUrl(scheme="https", host="loa.example.gov.vn", port=8443)),
        ("http://[2001:db8::1]:8000", PublicUrl(scheme="http", host="[2001:db8::1]", port=8000)),
        ("http://localhost:8000", PublicUrl(scheme="http", host="localhost", port=8000)),
    ],
)
def test_a_public_address_is_a_scheme_and_a_name(text: str, url: PublicUrl) -> None:
    assert Settings.from_environment({"LOA_PUBLIC_URL": text}).public_url == url


@pytest.mark.parametrize(
    "text",
    [
        "loa.example.gov.vn",
        "ftp://loa.example.gov.vn",
        "https://",
        "https://loa.example.gov.vn/duong/dan",
        "https://loa.example.gov.vn?x=1",
        "https://ten:matkhau@loa.example.gov.vn",
        "https://loa.example.gov.vn:0",
        "https://loa.example.gov.vn:70000",
        "https://loa..vn",
        "https://đài.vn",
        "https://loa.vn\nHost: x",
    ],
)
def test_a_public_address_with_more_or_less_is_refused(text: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_PUBLIC_URL": text})
    assert "matkhau" not in refused.value.value


@pytest.mark.parametrize(
    ("given", "exposed"),
    [
        ({}, False),
        ({"LOA_LISTEN": "localhost"}, False),
        ({"LOA_LISTEN": "::1"}, False),
        ({"LOA_LISTEN": "127.0.0.5"}, False),
        ({"LOA_LISTEN": "0.0.0.0"}, True),  # noqa: S104 (only read)
        ({"LOA_LISTEN": "::"}, True),
        ({"LOA_LISTEN": "192.168.1.5"}, True),
        ({"LOA_PUBLIC_URL": "http://localhost:8000"}, False),
        ({"LOA_PUBLIC_URL": "https://loa.example.gov.vn"}, True),
    ],
)
def test_it_is_known_whether_others_are_meant_to_get_in(given: dict[str, str], exposed: bool) -> None:  # noqa: FBT001  # a column of the table
    assert Settings.from_environment(given).exposed is exposed


def test_how_long_sessions_last_can_be_set() -> None:
    settings = Settings.from_environment({"LOA_SESSION_IDLE": "30", "LOA_SESSION_HOURS": "8"})
    assert settings.sessions == SessionLimits(idle=timedelta(minutes=30), longest=timedelta(hours=8))
    assert Settings.from_environment({}).sessions == SessionLimits()
    for wrong in ({"LOA_SESSION_IDLE": "4"}, {"LOA_SESSION_HOURS": "0"}, {"LOA_SESSION_HOURS": "1.5"}):
        with pytest.raises(BadSetting):
            Settings.from_environment(wrong)


@pytest.mark.parametrize("address", ["loa.example", "1.2.3", "127.0.0.1:80", "", "fe80::1%eth0x/", "0x7f000001"])
def test_only_addresses_are_listened_on(address: str) -> None:
    if not address:
        assert Settings.from_environment({"LOA_LISTEN": ""}).listen == "127.0.0.1"
        return
    with pytest.raises(BadSetting):
        Settings.from_environment({"LOA_LISTEN": address})


def test_proxies_are_addresses_and_networks() -> None:
    settings = Settings.from_environment({"LOA_TRUSTED_PROXIES": " 127.0.0.1, 10.0.0.0/24,::1,"})
    assert settings.trusted_proxies == tuple(map(ipaddress.ip_network, ("127.0.0.1/32", "10.0.0.0/24", "::1/128")))
    for wrong in ("proxy.local", "10.0.0.1/24", "10.0.0.0/33", "*"):
        with pytest.raises(BadSetting):
            Settings.from_environment({"LOA_TRUSTED_PROXIES": wrong})


def test_a_certificate_and_its_key_come_together() -> None:
    both = {"LOA_TLS_CERT": "/etc/loa/cert.pem", "LOA_TLS_KEY": "/etc/loa/key.pem"}
    assert Settings.from_environment(both).tls == (Path("/etc/loa/cert.pem"), Path("/etc/loa/key.pem"))
    for name, path in both.items():
        with pytest.raises(BadSetting) as refused:
            Settings.from_environment({name: path})
        assert refused.value.name in set(both) - {name}


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.1.2.3", True),
        ("[::1]", True),
        ("::1", True),
        ("localhost.vn", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_names_are_told_from_others(host: str, loopback: bool) -> None:  # noqa: FBT001  # a column of the table
    assert is_loopback(host) is loopback
