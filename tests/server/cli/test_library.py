"""Segments by command: sent, shown with their checks, decided on, replaced, pushed into what is published."""

import json
import wave
from pathlib import Path

import pytest
from sqlmodel import select

from server.db.library import Topic
from server.db.registry import Organisation
from server.services.rights import Role
from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.homes import copy_home
from tests.server.people import add_person
from tests.server.sounds import wav
from tests.server.worlds import build_world

MONTH = str(NEXT_MONTH)
SAID = ("--title", "Một cửa ở xã", "--topic", "mot-cua")


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district and two communes with next month published, topics with a lead."""
    home = tmp_path_factory.mktemp("homes") / "small"
    world = build_world(home)
    with world.change() as session:
        [lead] = session.exec(select(Organisation))
        for topic in session.exec(select(Topic)):
            topic.lead_organisation_id = lead.id
            session.add(topic)
    add_person(world.context, "chu-tri", [Role.LEAD], organisation="snv")
    add_person(world.context, "giam-sat", [Role.MONITOR])
    world.context.close()
    did(home, "plan", "make", MONTH)
    did(home, "plan", "publish", MONTH)
    return home


@pytest.fixture
def home(small_home: Path, tmp_path: Path) -> Path:
    return copy_home(small_home, tmp_path / "home")


def without_beginning(source: Path, target: Path, *, seconds: float) -> Path:
    with wave.open(str(source)) as whole, wave.open(str(target), "wb") as rest:
        whole.setpos(int(seconds * whole.getframerate()))
        rest.setparams(whole.getparams())
        rest.writeframes(whole.readframes(whole.getnframes()))
    return target


def test_what_is_sent_is_shown_with_its_checks_and_what_to_do_next(home: Path, tmp_path: Path) -> None:
    done = loa(home, "segments", "add", str(wav(tmp_path / "bai.wav", seconds=26)), *SAID)
    assert done.returncode == 0, done.stderr
    assert "Đã thêm bài b0007: 26 giây" in done.stderr
    assert "loa segments approve b0007 --number 1" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "◔ Bản ghi 1 (bai.wav): chờ duyệt"
    assert any(line.startswith("   ✓ Bản phát sóng có độ to −2") for line in lines)

    again = loa(home, "segments", "add", str(tmp_path / "bai.wav"), *SAID)
    assert (again.returncode, "b0007" in again.stderr) == (2, True)

    part = without_beginning(tmp_path / "bai.wav", tmp_path / "cat.wav", seconds=2)
    held = loa(home, "segments", "add", str(part), *SAID)
    assert held.returncode == 0, held.stderr
    assert "loa segments keep b0008" in held.stderr
    assert "% với b0007 «Một cửa ở xã», lệch " in held.stdout
    assert "chờ quyết định" in did(home, "segments", "show", "b0008")
    assert "b0008" in did(home, "segments", "list", "--state", "held")

    assert "chờ duyệt" in did(home, "segments", "keep", "b0008", "--reason", "Bản ngắn cho xã")
    shown = json.loads(did(home, "segments", "show", "b0008", "--json"))["segment"]
    assert (shown["state"], shown["versions"][0]["decision"]["action"]) == ("submitted", "kept")


def test_what_fails_is_shown_with_the_reasons_and_can_be_overruled_or_given_up(home: Path, tmp_path: Path) -> None:
    short = loa(home, "segments", "add", str(wav(tmp_path / "ngan.wav", seconds=8)), *SAID)
    assert short.returncode == 2
    assert "   ✕ Phần được phát dài 8 giây, ngắn hơn mức 20 giây." in short.stdout.splitlines()
    assert short.stderr.startswith("Lỗi: ")
    assert short.stderr.count("\n") == 1

    foreign = loa(home, "segments", "overrule", "b0007", "--reason", "Tin khẩn", "--lead", "stp")
    assert (foreign.returncode, "stp" in foreign.stderr) == (2, True)
    overruled = did(home, "segments", "overrule", "b0007", "--reason", "Tin khẩn", "--lead", "snv")
    assert "cho phát dù chưa đạt (snv): Tin khẩn" in overruled

    loa(home, "segments", "add", str(wav(tmp_path / "ngan-2.wav", seconds=8, seed=2)), *SAID)
    did(home, "segments", "discard", "b0008", "--reason", "Gửi nhầm")
    assert "b0008" not in did(home, "segments", "list")
    assert "b0008" in did(home, "segments", "list", "--state", "discarded")


def test_a_newer_recording_reaches_what_is_published_when_it_is_pushed(home: Path, tmp_path: Path) -> None:
    before = json.loads(did(home, "plan", "show", "h654", MONTH, "--json"))["slots"]
    segment = before[-1]["items"][0]["segment"]
    replaced = loa(home, "segments", "replace", segment, str(wav(tmp_path / "moi.wav", seconds=100)))
    assert replaced.returncode == 0, replaced.stderr
    approved = loa(home, "segments", "approve", segment, "--number", "2", "--as", "chu-tri")
    assert approved.returncode == 0, approved.stderr
    assert f"loa segments push {segment}" in approved.stderr
    assert json.loads(did(home, "plan", "show", "h654", MONTH, "--json"))["slots"] == before

    pushed = loa(home, "segments", "push", segment, "--reason", "Sửa số điện thoại")
    assert pushed.returncode == 0, pushed.stderr
    assert MONTH in pushed.stdout
    assert f"Đã thay bản ghi của bài {segment} ở " in pushed.stderr
    after = json.loads(did(home, "plan", "show", "h654", MONTH, "--json"))["slots"]
    newest = json.loads(did(home, "segments", "show", segment, "--json"))["segment"]["audio"]["broadcast_sha256"]
    assert {item["sha256"] for slot in after for item in slot["items"] if item["segment"] == segment} <= {newest}

    again = loa(home, "segments", "push", segment, "--reason", "Sửa số điện thoại")
    assert (again.returncode, again.stdout) == (0, "")
    assert "Không có khung nào" in again.stderr


def test_a_program_gets_json_or_one_line(home: Path, tmp_path: Path) -> None:
    file = str(wav(tmp_path / "bai.wav", seconds=8))
    refused = loa(home, "segments", "add", file, *SAID, "--json")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)


def test_a_recording_is_vetted_by_command_by_another_than_its_maker(home: Path, tmp_path: Path) -> None:
    did(home, "segments", "add", str(wav(tmp_path / "bai.wav", seconds=26)), *SAID, "--draft")
    assert "chưa gửi duyệt" in did(home, "segments", "show", "b0007")
    assert "chờ duyệt" in did(home, "segments", "submit", "b0007")
    assert "b0007" in did(home, "vetting", "--as", "chu-tri")
    assert json.loads(did(home, "vetting", "--json"))["items"][0]["own"]
    for words, said in (
        ((), "phải để người khác duyệt"),
        (("--as", "khong-co"), "khong-co"),
        (("--as", "giam-sat"), "Duyệt hoặc trả lại bài"),
    ):
        refused = loa(home, "segments", "approve", "b0007", "--number", "1", *words)
        assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
    returned = did(home, "segments", "return", "b0007", "--reason", "Sai tên xã", "--as", "chu-tri")
    assert "bị trả lại" in returned
    assert "trả lại, Người chu-tri" in returned
    did(home, "segments", "submit", "b0007")
    assert "dùng được, đang dùng" in did(home, "segments", "approve", "b0007", "--as", "chu-tri")
    did(home, "segments", "withdraw", "b0007", "--reason", "Nhầm", "--as", "chu-tri")
    assert "chờ duyệt" in did(home, "segments", "restore", "b0007", "--reason", "Không nhầm", "--as", "chu-tri")


def test_what_is_urgent_is_released_and_reviewed_by_command(home: Path, tmp_path: Path) -> None:
    file = str(wav(tmp_path / "bai.wav", seconds=26))
    did(home, "segments", "add", file, *SAID, "--priority", "urgent")
    released = did(home, "segments", "release", "b0007", "--reason", "Bão", "--as", "chu-tri")
    assert "cho phát ngay, Người chu-tri" in released
    own = loa(home, "segments", "confirm", "b0007", "--as", "chu-tri")
    assert (own.returncode, "người khác" in own.stderr) == (2, True)
