"""A second reading of the planning rules: it shares no code with the planner, and no library.

`check(instance, plan)` takes both as plain JSON objects. `python -m tests.checker INSTANCE PLAN` prints the
report and exits 1 on any break or difference.

Where the rules are silent, this checker decides:

* A slot lies within an occurrence, also for H7, *reach* and maxima by session, when it lies within one piece
  that blackouts leave of it. A kept slot in a blackout lies within no occurrence. The occurrence's start and
  end are those before blackouts.
* An exception with only one of start and end cancels.
* H7 asks for each parent's slot; a station that relays two stations which both have the same broadcast gets
  it from both.
* Airtime is the item's own `duration_ms`. Kept own slots count even where they break H3.
* `repeats: false` counts the first of those airings that the rule would count otherwise. A slot's frame counts
  where something of it is counted.
* H4 beside `aired` uses the column of the slot in the month; within the month a segment without a column keeps
  the larger separation of the columns it airs in on that station. Relayed items that do not fit are no airings.
* Conflicts name every slot that has a part in a break among kept and relayed slots. Where more slots lie on a
  date than the column allows, the own ones are named. A relayed slot's place, shape and validity, when broken in
  the same way at its parent, may be listed or not. A kept slot with `relayed_from` that the parent does not have
  is a conflict H7.
* A debt of `priority` is answered by an airing that starts within 72 hours of m, or before the end of an
  occurrence that starts within them. Each debt is counted on its own: one airing may answer a segment's priority
  and its `must_air`.
* Room: other items may fill the slot up to the column's shortest length.
* *change* compares items with their places and durations.
* Own slots of a station and column with neither minimum nor target, holding no segment with a priority or a
  `must_air`, and not published so, are reported with the code "aim".
"""

from tests.checker.judge import Break, Difference, Report, check

__all__ = ["Break", "Difference", "Report", "check"]
