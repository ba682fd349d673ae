from itertools import groupby

import numpy as np
import pytest
from numpy.typing import NDArray

from media.samples import SampleFacts, SampleTally


def counted(samples: NDArray[np.int16], *, seed: int = 0, largest: int = 2_000, rate: int = 1_000) -> SampleFacts:
    """Handed over in pieces of any size, as a pipe does."""
    channels = samples.shape[1]
    tally = SampleTally(channels=channels, sample_rate=rate)
    data, at, sizes = samples.tobytes(), 0, np.random.default_rng(seed)
    while at < len(data):
        size = int(sizes.integers(1, largest))
        tally.take(data[at : at + size])
        at += size
    return tally.facts()


def clips_by_hand(samples: NDArray[np.int16]) -> list[int]:
    """Where each run of three or more samples at full scale begins, of all channels."""
    begins = []
    for channel in samples.T:
        at = 0
        for is_full, run in groupby(abs(int(sample)) >= 32_767 for sample in channel):
            length = len(list(run))
            if is_full and length >= 3:
                begins.append(at)
            at += length
    return sorted(begins)


@pytest.mark.parametrize("seed", range(12))
def test_clips_are_found_wherever_the_pieces_end(seed: int) -> None:
    numbers = np.random.default_rng(seed)
    channels = 1 + seed % 3
    samples = numbers.choice([0, 32_767, -32_768, -32_767, 12_000], (400_000, channels), p=[0.3, 0.25, 0.2, 0.05, 0.2])
    quiet = numbers.integers(0, 5) * 50_000
    samples[:quiet] = 100
    samples = samples.astype(np.int16)

    found = counted(samples, seed=seed, largest=400_000).clipping

    by_hand = clips_by_hand(samples)
    assert (found.count, found.first_ms) == (len(by_hand), by_hand[0])


def test_a_clip_that_goes_on_for_long_is_one() -> None:
    samples = np.full((500_000, 1), 32_767, dtype=np.int16)

    found = counted(samples, largest=60_000).clipping

    assert (found.count, found.first_ms) == (1, 0)


@pytest.mark.parametrize("top", [32_766, -32_766])
def test_what_just_fits_is_not_clipped(top: int) -> None:
    assert counted(np.full((10_000, 1), top, dtype=np.int16)).clipping.count == 0


def test_length_offset_and_levels_are_those_of_all_samples() -> None:
    numbers = np.random.default_rng(3)
    left = numbers.normal(500, 4_000, 300_001).round().astype(np.int16)
    right = (-0.5 * left + numbers.normal(0, 500, len(left))).round().astype(np.int16)
    both = np.stack([left, right], axis=1)

    found = counted(both, largest=90_000)

    assert found.duration_ms == 300_001
    assert found.dc_offset == pytest.approx(left.mean() / 32_768, abs=1e-6)
    assert found.stereo is not None
    assert found.stereo.left_dbfs == pytest.approx(20 * np.log10(left.std() / 32_768), abs=0.1)
    assert found.stereo.right_dbfs == pytest.approx(20 * np.log10(right.std() / 32_768), abs=0.1)
    assert found.stereo.correlation == pytest.approx(np.corrcoef(left, right)[0, 1], abs=1e-3)


def test_a_constant_offset_is_no_sound() -> None:
    both = np.zeros((100_000, 2), dtype=np.int16)
    both[:, 0] = 3_000
    both[::2, 1] = 1_000

    stereo = counted(both).stereo

    assert stereo is not None
    assert (stereo.left_dbfs, stereo.correlation) == (None, 0.0)
    assert stereo.right_dbfs == pytest.approx(20 * np.log10(500 / 32_768), abs=0.1)


def test_nothing_at_all_has_no_length() -> None:
    facts = SampleTally(channels=2, sample_rate=48_000).facts()

    assert (facts.duration_ms, facts.clipping.count, facts.dc_offset) == (0, 0, 0)


def test_time_without_sound_is_told_until_something_is_heard() -> None:
    tally = SampleTally(channels=1, sample_rate=1_000)
    tally.take(bytes(400_000))
    unheard_ms = tally.unheard_ms
    tally.take(np.full(200_000, 200, dtype="<i2").tobytes())

    assert unheard_ms == 200_000
    assert tally.unheard_ms == 0
