"""The search as it is called from outside."""

from collections.abc import Callable

import numpy as np

from schedules.planner.annealing.compiling import entry
from schedules.planner.annealing.layout import FloatArray, IntArray
from schedules.planner.annealing.rounds import anneal


def _make(version: int) -> Callable[[IntArray, FloatArray, int, int, int, float, float], None]:
    def search(m: IntArray, f: FloatArray, seed: int, rounds: int, tries: int, warm: float, cold: float) -> None:
        """`rounds` of `tries` changes from warm to cold; the best rows are those to start with and the best met."""
        _ = version
        np.random.seed(seed)
        anneal(m, f, rounds, tries, warm, cold)

    return search


search = entry("void(int64[::1], float64[::1], int64, int64, int64, float64, float64)", _make)
