import os
from pathlib import Path

from tests.server.homes import NOW, copy_home, open_home


def test_what_a_killed_ingest_left_is_gone_a_day_later_and_what_is_in_use_stays(
    empty_home: Path, tmp_path: Path
) -> None:
    home = copy_home(empty_home, tmp_path / "home")
    scratch = home / "scratch"
    (scratch / "ingest-cu").mkdir(parents=True)
    (scratch / "ingest-cu" / "goc.wav").write_bytes(b"1")
    (scratch / "ingest-moi").mkdir()
    os.utime(scratch / "ingest-cu", (NOW.timestamp() - 10 * 86_400,) * 2)
    open_home(home).close()
    assert [path.name for path in scratch.iterdir()] == ["ingest-moi"]
