"""`loa tokens` and `loa keys`: the secret alone on standard output, once."""

import json
from datetime import date, timedelta
from pathlib import Path

from tests.server.cli.command import did, loa

UNTIL = str(date.today() + timedelta(days=100))  # noqa: DTZ011 (any day far from both ends will do)


def test_a_token_is_issued_listed_changed_and_revoked(home: Path) -> None:
    secret = did(home, "tokens", "issue", "h654", "--name", "máy phát").strip()
    assert secret.startswith("loa_st_")
    listed = did(home, "tokens", "list", "--station", "h654")
    assert "máy phát" in listed
    assert secret not in listed
    changed = json.loads(did(home, "tokens", "rotate", "1", "--json"))
    assert changed["secret"].startswith("loa_st_")
    did(home, "tokens", "revoke", str(changed["credential"]["id"]))
    states = [each["state"] for each in json.loads(did(home, "tokens", "list", "--all", "--json"))]
    assert states == ["revoked", "living"]


def test_a_key_is_issued_listed_changed_and_revoked(home: Path) -> None:
    secret = did(
        home, "keys", "issue", "so-noi-vu", "--name", "báo cáo", "--right", "months.read", "--right", "registry.read",
        "--unit", "654", "--until", UNTIL,
    ).strip()  # fmt: skip
    assert secret.startswith("loa_key_")
    (listed,) = json.loads(did(home, "keys", "list", "--json"))
    assert (listed["organisation"], listed["unit"], listed["rights"]) == (
        "so-noi-vu",
        "654",
        ["registry.read", "months.read"],
    )
    assert did(home, "keys", "rotate", "1").startswith("loa_key_")
    did(home, "keys", "revoke", "1")
    assert "báo cáo" in did(home, "keys", "list")


def test_what_can_not_be_is_told_in_a_sentence(home: Path) -> None:
    for words in (
        ("tokens", "issue", "không-có", "--name", "x"),
        ("tokens", "issue", "h654", "--name", ""),
        ("tokens", "revoke", "9"),
        ("keys", "issue", "so-noi-vu", "--name", "x", "--right", "segments.vet", "--until", UNTIL),
        ("keys", "issue", "so-noi-vu", "--name", "x", "--until", UNTIL),
        ("keys", "issue", "so-noi-vu", "--name", "x", "--right", "months.read", "--until", "2001-01-01"),
        ("tokens", "issue", "h654"),
    ):
        done = loa(home, *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr.startswith("Lỗi: "), words
