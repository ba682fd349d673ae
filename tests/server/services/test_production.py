"""Opening the service to others: everything that forbids it is told at once, each with its mend."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from server.db.accounts import Account
from server.db.records import SAMPLE_FACT, Fact
from server.errors import answer
from server.services.doctor import examine as doctor
from server.services.footing import Footing
from server.services.production import examine, require
from server.services.public_url import PublicUrl
from server.services.session_limits import SessionLimits
from server.services.setting_refusals import UnsafeSettings
from tests.server.cli.command import loa
from tests.server.homes import copy_home
from tests.server.people import add_person
from tests.server.worlds import World

HTTPS = PublicUrl(scheme="https", host="loa.example.gov.vn")


@pytest.fixture
def safe(district: World) -> World:
    """A home that may be opened: its own people, nobody else on the machine."""
    home = district.context.home
    home.chmod(0o700)
    with district.context.database.write() as session:
        fact = session.get(Fact, SAMPLE_FACT)
        if fact is not None:
            session.delete(fact)
    add_person(district.context, "quan-tri", ["administrator"])
    with district.context.database.write() as session:
        account = session.exec(select(Account)).one()
        account.password_hash = "$argon2id$…"  # noqa: S105 (no password)
        session.add(account)
    return district


def footing(world: World, **changed: object) -> Footing:
    usual: dict[str, object] = {
        "home": world.context.home,
        "public_url": HTTPS,
        "behind_proxy": True,
        "sessions": SessionLimits(),
    }
    return Footing(**usual | changed)  # type: ignore[arg-type]  # a table of changes


def failed(world: World, **changed: object) -> list[str]:
    return [each.name for each in examine(footing(world, **changed), world.context.database) if each.level == "failed"]


def test_what_is_set_up_well_may_be_opened(safe: World) -> None:
    findings = examine(footing(safe), safe.context.database)
    assert [each for each in findings if each.level == "failed"] == []
    require(findings)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"public_url": None}, "LOA_PUBLIC_URL"),
        ({"public_url": PublicUrl(scheme="http", host="loa.example.gov.vn")}, "LOA_PUBLIC_URL"),
        ({"behind_proxy": False}, "HTTPS"),
        ({"behind_proxy": False, "tls": (Path("/khong/co.pem"), Path("/khong/co.key"))}, "HTTPS"),
        ({"sessions": SessionLimits(idle=timedelta(hours=25))}, "LOA_SESSION_IDLE"),
        ({"sessions": SessionLimits(longest=timedelta(days=15))}, "LOA_SESSION_HOURS"),
        ({"store_endpoint": "http://s3.example:9000"}, "LOA_STORE_URL"),
        ({"plain_mail_host": "mail.example"}, "LOA_SMTP_URL"),
    ],
)
def test_each_fault_forbids_it(safe: World, changed: dict[str, object], named: str) -> None:
    assert set(failed(safe, **changed)) == {named}


@pytest.mark.parametrize(
    "changed",
    [
        {"sessions": SessionLimits(idle=timedelta(hours=24), longest=timedelta(days=14))},
        {"store_endpoint": "https://s3.example"},
        {"store_endpoint": "http://127.0.0.1:9000"},
        {"plain_mail_host": "localhost"},
    ],
)
def test_what_is_just_within_is_allowed(safe: World, changed: dict[str, object]) -> None:
    assert failed(safe, **changed) == []


def test_files_that_others_can_read_forbid_it(safe: World, tmp_path: Path) -> None:
    home = safe.context.home
    home.chmod(0o755)
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    for file in (key, cert):
        file.write_text("PEM")
        file.chmod(0o644)
    (home / "secret").chmod(0o604)
    found = examine(footing(safe, tls=(cert, key), secret_files=(tmp_path / "none",)), safe.context.database)
    seen = " ".join(each.seen for each in found if each.level == "failed")
    assert str(home / "secret") in seen
    assert str(key) in seen
    assert str(cert) not in seen
    home.chmod(0o750)  # the user's own group may be let in


def test_sample_accounts_and_sample_data_beside_real_people_forbid_it(safe: World) -> None:
    add_person(safe.context, "mau", ["planner"])
    with safe.context.database.write() as session:
        account = session.exec(select(Account).where(Account.login == "mau")).one()
        account.sample = True
        session.add(account)
        session.add(Fact(name=SAMPLE_FACT, value="dak-lak 2021"))
    assert len(failed(safe)) == 2
    assert "mau" in " ".join(each.seen for each in examine(footing(safe), safe.context.database))
    with safe.context.database.write() as session:
        account = session.exec(select(Account).where(Account.login == "mau")).one()
        account.state = "disabled"
        session.add(account)
    assert len(failed(safe)) == 1


def test_without_an_administrator_it_only_warns(safe: World) -> None:
    with safe.context.database.write() as session:
        account = session.exec(select(Account)).one()
        account.password_hash = None
        session.add(account)
    findings = examine(footing(safe), safe.context.database)
    assert {each.level for each in findings} == {"warning"}
    assert any("quản trị" in each.seen for each in findings)
    require(findings)


def test_one_refusal_lists_all_of_it(safe: World) -> None:
    findings = examine(footing(safe, public_url=None, behind_proxy=False), safe.context.database)
    with pytest.raises(UnsafeSettings) as refused:
        require(findings)
    assert len(refused.value.problems) == 2
    told = answer(refused.value)
    assert told.exit == 3
    assert "LOA_PUBLIC_URL" in told.sentence
    assert "LOA_TLS_CERT" in told.sentence


def test_the_doctor_tells_it_too(safe: World) -> None:
    seen = doctor(
        home=safe.context.home,
        database=safe.context.database.place,
        port=1,
        ffmpeg=None,
        exposed=footing(safe, public_url=None),
    )
    assert ("LOA_PUBLIC_URL", "failed") in [(each.name, each.level) for each in seen]
    fine = doctor(
        home=safe.context.home, database=safe.context.database.place, port=1, ffmpeg=None, exposed=footing(safe)
    )
    assert ("Mở cho máy khác", "ok") in [(each.name, each.level) for each in fine]
    assert "Mở cho máy khác" not in [
        each.name for each in doctor(home=safe.context.home, database=safe.context.database.place, port=1, ffmpeg=None)
    ]


def test_a_start_that_is_not_safe_is_refused_and_makes_nothing_up(tmp_path: Path, empty_home: Path) -> None:
    home = copy_home(empty_home, tmp_path / "home")
    home.chmod(0o755)
    for command in ("run", "serve"):
        done = loa(home, command, LOA_LISTEN="0.0.0.0", LOA_PORT="18765")  # noqa: S104 (it is refused)
        assert done.returncode == 3, done.stderr
        assert "LOA_PUBLIC_URL" in done.stderr
        assert "LOA_TLS_CERT" in done.stderr
        assert f"chmod o-rwx {home}" in done.stderr
    assert "0 đài" in loa(home, "doctor").stdout


def test_an_address_that_is_not_ours_is_refused_before_any_work(tmp_path: Path) -> None:
    done = loa(tmp_path / "home", "serve", LOA_LISTEN="192.0.2.7", LOA_PUBLIC_URL="https://loa.example.gov.vn")
    assert done.returncode == 3
    assert "192.0.2.7" in done.stderr
    assert not (tmp_path / "home").exists()
