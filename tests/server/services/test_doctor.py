"""What the doctor looks at, of either size: what the status page tells, and what is only seen from the machine."""

from pathlib import Path

import pytest
from sqlalchemy import URL

from media.stores.s3 import S3Location
from server.db.place import DatabasePlace
from server.services.doctor import examine
from tests.ports import own_port
from tests.server.services.measured import NOWHERE
from tests.server.worlds import World


def found(home: Path, place: DatabasePlace, *, s3: S3Location | None = None) -> dict[str, tuple[str, str]]:
    """Level and what was seen, by name; no two things have one name."""
    findings = examine(home=home, database=place, port=own_port(), ffmpeg=None, s3=s3)
    assert len({each.name for each in findings}) == len(findings)
    return {each.name: (each.level, each.seen) for each in findings}


def test_it_tells_what_the_status_page_tells(district: World) -> None:
    told = found(district.context.home, district.context.database.place)
    assert told["Dữ liệu"][0] == "ok"
    assert "3 đài" in told["Dữ liệu"][1]
    expected = {"Cơ sở dữ liệu", "Đĩa dữ liệu", "Kho âm thanh", "Tiến trình làm việc nền", "Sao lưu", "Tệp mở cùng lúc"}
    assert expected <= set(told)
    if district.context.database.kind == "postgresql":
        assert told["Cơ sở dữ liệu"][1].startswith("PostgreSQL ")
        assert told["Cơ sở dữ liệu"][1].endswith("UTF8, C")
        assert told["Kết nối tới cơ sở dữ liệu"][0] == "ok"
        assert told["Đồng hồ"][0] == "ok"
    else:
        assert told["Cơ sở dữ liệu"][1].startswith("SQLite ")


def test_a_store_that_does_not_answer_has_failed(district: World) -> None:
    assert found(district.context.home, district.context.database.place, s3=NOWHERE)["Kho âm thanh"][0] == "failed"


@pytest.mark.of_sqlite("a home in which nothing was ever made")
def test_where_nothing_is_yet_nothing_is_missed(tmp_path: Path) -> None:
    told = found(tmp_path / "home", DatabasePlace.file(tmp_path / "home" / "loa.sqlite"))
    assert told["Dữ liệu"] == ("warning", "chưa có")
    assert "Sao lưu" not in told
    assert not (tmp_path / "home").exists()


def test_a_server_that_is_not_there_is_told_once_with_its_place(tmp_path: Path) -> None:
    place = DatabasePlace(URL.create("postgresql+psycopg", username="loa", host="127.0.0.1", port=9, database="loa"))
    told = found(tmp_path, place)
    assert told["Dữ liệu"][0] == "failed"
    assert "127.0.0.1:9" in told["Dữ liệu"][1]
    assert "Cơ sở dữ liệu" not in told
