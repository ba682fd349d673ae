import msgspec
import pytest

from media.profile import Profile


def test_the_limits_are_those_that_are_published() -> None:
    limits = Profile()

    assert (limits.target_lufs, limits.tolerance_lu, limits.max_true_peak_dbtp) == (-23.0, 1.0, -1.0)
    assert (limits.longest_leading_silence_ms, limits.longest_inner_silence_ms) == (1_000, 5_000)
    assert limits.lowest_sample_rate == 22_050
    assert (limits.shortest_ms, limits.longest_ms) == (20_000, 30 * 60_000)


def test_a_profile_of_ones_own_names_only_what_differs() -> None:
    assert msgspec.json.decode(b'{"shortest_ms": 5000}', type=Profile) == Profile(shortest_ms=5_000)


@pytest.mark.parametrize("text", [b'{"shortest": 5000}', b'{"shortest_ms": "5 s"}'])
def test_a_limit_that_nobody_knows_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Profile)
