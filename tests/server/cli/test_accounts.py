"""`loa accounts`: everything that the page of accounts does, for whoever looks after the machine."""

import json
import re
from pathlib import Path

import pytest

from tests.server.cli.command import did, loa
from tests.server.homes import copy_home


@pytest.fixture
def home(empty_home: Path, tmp_path: Path) -> Path:
    home = copy_home(empty_home, tmp_path / "home")
    name = ("--name", "Nguyễn Thị Hoa", "--organisation", "snv", "--organisation-name", "Sở Nội vụ")
    did(home, "accounts", "add", "hoa.nt", *name)
    return home


def test_an_account_from_its_making_to_its_end(home: Path) -> None:
    did(home, "accounts", "grant", "hoa.nt", "administrator", "--from", "2026-01-01")
    shown = json.loads(did(home, "accounts", "show", "hoa.nt", "--json"))
    assert (shown["organisation_name"], shown["roles"][0]["role"]) == ("Sở Nội vụ", "administrator")
    link = did(home, "accounts", "link", "hoa.nt", LOA_PORT="8123").strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:8123/mat-khau/[\w-]{43}", link)
    assert "Nguyễn Thị Hoa" in did(home, "accounts", "list", "-q", "hoa")
    assert json.loads(did(home, "accounts", "sessions", "hoa.nt", "--json")) == []
    assert json.loads(did(home, "accounts", "end-sessions", "hoa.nt", "--json"))["ended"] == 0
    assert "đã khóa" in did(home, "accounts", "disable", "hoa.nt")
    assert "đang dùng" in did(home, "accounts", "enable", "hoa.nt")
    number = str(shown["roles"][0]["id"])
    assert json.loads(did(home, "accounts", "end-role", "hoa.nt", number, "--json"))["roles"] == []


def test_the_table_of_roles_is_printed(home: Path) -> None:
    table = json.loads(did(home, "accounts", "roles", "--json"))
    assert [each["role"] for each in table if each["takes_topic"]] == ["lead"]
    assert "Vận hành đài" in did(home, "accounts", "roles")


def test_what_is_refused_is_one_sentence_and_status_2(home: Path) -> None:
    for arguments, words in (
        (("show", "khong.co"), "Không có tài khoản khong.co"),
        (("add", "hoa.nt", "--name", "A", "--organisation", "snv"), "Đã có tài khoản hoa.nt"),
        (("grant", "hoa.nt", "vua"), "Vai trò là «vua»"),
        (("end-role", "hoa.nt", "99"), "không có vai trò số 99"),
        (("link", "hoa.nt", "--hours", "0"), "Số giờ là «0»"),
    ):
        done = loa(home, "accounts", *arguments)
        assert done.returncode == 2, arguments
        assert words in done.stderr, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
