import pytest

from server.reports.wording import length, missing, number, percent, spoken


@pytest.mark.parametrize(
    ("ms", "down", "up"),
    [
        (0, "00:00", "00:00"),
        (400, "00:00", "00:01"),
        (899_999, "14:59", "15:00"),
        (900_000, "15:00", "15:00"),
        (3_599_999, "59:59", "1:00:00"),
        (3_600_000, "1:00:00", "1:00:00"),
        (360_000_000, "100:00:00", "100:00:00"),
    ],
)
def test_lengths_are_rounded_down_and_shortages_up(ms: int, down: str, up: str) -> None:
    assert (length(ms), missing(ms)) == (down, up)


def test_numbers_are_written_as_here() -> None:
    assert number(1_234_567) == "1.234.567"
    assert (percent(998), percent(1000), percent(12_345), percent(None)) == ("99,8", "100,0", "1.234,5", "–")
    assert (spoken(59_000), spoken(899_600), spoken(900_000)) == ("59 giây", "14 phút 59 giây", "15 phút")
