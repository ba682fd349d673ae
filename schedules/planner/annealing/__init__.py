"""The inner search, compiled: simulated annealing over one station's own slots, some hundred thousand tries a second.

`layout` says where everything lies in two arrays, of whole numbers and of floats (`schedules.planner.arrays` fills
them). Rows are own slots (`rows`); sums follow them in and out of the plan (`counting`, `first_airings`); `scoring`
says what a plan costs. A change takes rows out, writes them anew and puts them in where every hard constraint holds
(`moves`, `owing`, `placing`); what does not help enough is rolled back from the journal (`journal`, `rounds`).

The same seed gives the same slots on any machine: no logarithm, power or clock decides anything, sums of floats keep
their order, and the compiler is not allowed to reorder or fuse them.

Why two arrays: the compiler takes a few seconds for this, and minutes for the same code over a tuple of sixty arrays.
Arguments of compiled functions go by position; those called from other compiled functions only are compiled with
these, and nothing but `entry` is kept on disk and loaded.
"""

from schedules.planner.annealing.entry import search

__all__ = ["search"]
