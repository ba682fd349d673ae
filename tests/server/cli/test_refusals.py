"""What the command refuses: one sentence that names the thing, an exit status, and nothing left behind."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from server.cli.main import build
from server.cli.speaking import complaint
from server.texts import in_language
from tests.server.cli.command import environment, loa
from tests.server.homes import copy_home


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "said"),
    [
        (("check", "2026-13"), {}, 2, "2026-13"),
        (("plan", "make", "thang-12"), {}, 2, "thang-12"),
        (("plan", "make", "2026-12"), {}, 2, "chưa có đài nào"),
        (("plan", "publish", "2026-12"), {}, 2, "loa plan make 2026-12"),
        (("plan", "show", "h654", "2026-12"), {}, 2, "h654"),
        (("plan", "lap", "2026-12"), {}, 2, "Không có lệnh này"),
        (("plan", "make"), {}, 2, "Thiếu THÁNG"),
        (("plan", "make", "2026-12", "--nhanh"), {}, 2, "--nhanh"),
        (("plan", "export", "2026-12"), {}, 2, "--instance"),
        (("check", "2026-12", "--format", "xml"), {}, 2, "table, json, csv"),
        (("sample", "load", "ha-noi"), {}, 2, "dak-lak"),
        (("sample", "load", "dak-lak", "--structure", "1997"), {}, 2, "2021, 2025, both"),
        (("segments", "show", "b9999"), {}, 2, "b9999"),
        (("backup", "prune", "--keep", "0"), {}, 2, "từ 1 đến 10000"),
        (("audit", "list", "--offset", "một"), {}, 2, "từ 0 trở lên"),
        (("backup", "list", "thừa"), {}, 2, "loa backup list --help"),
        (("segments", "withdraw", "b9999", "--reason", "sai"), {}, 2, "b9999"),
        (("plan", "solve", "khong-co.json", "--output", "x.json"), {}, 2, "khong-co.json"),
        (("doctor",), {"LOA_PORT": "tám nghìn"}, 3, "LOA_PORT"),
        (("doctor",), {"LOA_PORT": "70000"}, 3, "LOA_PORT"),
        (("stations", "list"), {"LOA_LANG": "fr"}, 3, "LOA_LANG"),
    ],
)
def test_it_says_what_is_wrong_in_one_line(
    *, empty_home: Path, tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], status: int, said: str
) -> None:
    done = loa(copy_home(empty_home, tmp_path / "home"), *arguments, **settings)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert done.stderr.startswith("Lỗi: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said", "english"),
    [
        ("plan lap", "Không có lệnh này.", "No such command."),
        ("--nhanh", "Không có tùy chọn --nhanh.", "There is no option --nhanh."),
        ("--version=3", "Tùy chọn --version không kèm giá trị.", "The option --version takes no value."),
        ("backup prune --keep", "Tùy chọn --keep cần kèm một giá trị.", "The option --keep needs a value."),
        ("backup prune", "Thiếu --keep.", "Missing --keep."),
        ("segments add", "Thiếu TỆP.", "Missing TỆP."),
        ("listen h654 http://x --minutes 0", "Cần một số lớn hơn 0, nhiều nhất 1440.", "A number above 0"),
        ("plan solve x --output /", "/ là thư mục; cần một tệp.", "/ is a folder; a file is needed."),
        ("recordings send h654 /khong/co.mp3", "TỆP: giá trị", "There is no /khong/co.mp3."),
        ("plan make 2026-12 --station", "Tùy chọn --station cần kèm một giá trị.", "--station needs a value."),
    ],
)
def test_what_is_wrong_with_the_words_of_a_command_is_said_in_the_chosen_language(
    arguments: str, said: str, english: str
) -> None:
    with pytest.raises(click.ClickException) as wrong:
        build().main(args=arguments.split(), prog_name="loa", standalone_mode=False)
    assert said in complaint(wrong.value)
    with in_language("en"):
        assert english in complaint(wrong.value)


def test_the_mend_of_a_backup_without_a_usable_folder_is_a_command_that_works(empty_home: Path, tmp_path: Path) -> None:
    home = copy_home(empty_home, tmp_path / "home")
    in_the_way = tmp_path / "tep"
    in_the_way.touch()
    for given in ((), ("--to", str(in_the_way))):
        refused = loa(home, "backup", "make", *given)
        mend = re.search(r"loa (backup make --to ~/\S+?)[;\s]", refused.stderr)
        assert mend is not None, refused.stderr
        typed = f"{sys.executable} -m server.cli {mend[1]}"
        people = {**environment(home), "HOME": str(tmp_path / f"people-{len(given)}")}
        done = subprocess.run(["/bin/sh", "-c", typed], env=people, capture_output=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr


def test_in_english_where_that_was_chosen(tmp_path: Path) -> None:
    done = loa(tmp_path / "home", "check", "2026-13", LOA_LANG="en")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert "2026-13" in done.stderr


def _files(home: Path) -> list[str]:
    """But the empty one by which commands tell each other that they are there."""
    return sorted(path.name for path in home.rglob("*") if path.is_file() and path.name != "in-use.lock")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("van-ban.mp3", "Đây là văn bản, không phải âm thanh.\n".encode() * 200),
        ("rong.wav", b""),
        ("Tiếng 'nháy' \"kép\": phẩy, 📻.mp3", b"\x00\x01" * 4000),
        ("dòng\nmới.mp3", b"ID3" + b"\x00" * 5000),
    ],
)
def test_what_is_no_audio_leaves_nothing(empty_home: Path, tmp_path: Path, name: str, content: bytes) -> None:
    home = copy_home(empty_home, tmp_path / "home")
    before = _files(home)
    source = tmp_path / name
    source.write_bytes(content)
    done = loa(home, "segments", "add", str(source), "--title", "Bài thử", "--topic", "c06")
    assert done.returncode == 2
    assert "Lỗi: " in done.stderr
    assert _files(home) == before


def test_a_missing_ffmpeg_is_named_with_the_mend(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "bai.wav"
    source.write_bytes(b"RIFF")
    words = ("segments", "add", str(source), "--title", "Bài thử", "--topic", "c06")
    done = loa(home, *words, LOA_FFMPEG="/khong/co/ffmpeg")
    assert done.returncode == 3
    assert "/khong/co/ffmpeg" in done.stderr


def test_the_sample_goes_into_an_empty_database_only(home: Path) -> None:
    done = loa(home, "sample", "load", "dak-lak")
    assert done.returncode == 2
    assert "199 đài" in done.stderr


def test_a_port_in_use_is_told_before_any_work(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = loa(tmp_path / "home", "run", LOA_PORT=port)
    assert done.returncode == 3
    assert port in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.of_sqlite("a home with its file")
def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    in_the_way = tmp_path / "tep"
    in_the_way.write_text("không phải thư mục")
    done = loa(in_the_way / "home", "stations", "list")
    assert done.returncode == 3
    assert "LOA_HOME" in done.stderr


@pytest.mark.of_sqlite("its file")
def test_a_damaged_database_is_refused_and_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "loa.sqlite").write_bytes(b"khong phai co so du lieu" * 500)
    done = loa(home, "stations", "list")
    assert done.returncode == 3
    assert "loa.sqlite" in done.stderr
    assert (home / "loa.sqlite").read_bytes() == b"khong phai co so du lieu" * 500


def test_an_output_that_cannot_be_written_is_named(published_home: Path, tmp_path: Path) -> None:
    from tests.server.cli.command import NEXT_MONTH

    in_the_way = tmp_path / "tep"
    in_the_way.write_text("x")
    month = str(NEXT_MONTH)
    for words in (
        ("export", "ical", "h654", month, "--output", str(in_the_way / "h654.ics")),
        ("export", "playlist", "h654", month, "--output", str(in_the_way / "thang")),
    ):
        done = loa(published_home, *words)
        assert done.returncode == 3, done.stderr
        assert str(in_the_way) in done.stderr
    assert in_the_way.read_text() == "x"
