"""The planner: a month's slots for all stations, from an instance alone.

How a plan is made
------------------

1. *Order* (`province`). Parents are planned before those who relay them. A parent's slots are then fixed for its
   children, so each station is a problem of its own; those that wait for no other are planned side by side, in
   threads. Stations whose inputs are alike share one plan; parents that are alike get up to 24 different ones.
2. *A draft* (`station_draft`). Kept and relayed slots are fixed; `fits` asks H1 to H6 of each own slot before it goes
   in: a draft never is anything but a plan. Sums for the wishes (`column_wishes`) and for the rules (`rule_totals`)
   follow each change, so that the score (shortfall, owed airings missed, cost) is always at hand, compared in this
   order.
3. *Search* (`station_plan`, `arrays`, `annealing`). The draft is laid out as two arrays of numbers, and compiled code
   tries some hundred thousand changes a second on them: items replaced, joined, dropped, traded, slots moved, split,
   renewed, what is owed placed, published slots brought back. A change that breaks anything is rolled back; one that
   makes the plan worse is taken with a probability that falls from round to round (simulated annealing). Each round
   begins at the best plan met; at the end each item is tried with each segment and each slot on each date. Tries are
   counted, nothing reads a clock, and random numbers come from the instance's seed.
4. *Shortfall and what is owed* weigh so much in the search that nothing makes up for them. While more is short or
   missed than must be (`bounds` knows what no plan can avoid), searches follow in which they weigh little for a
   while: the way to the best plan may lead through worse ones.
5. *Coverage* (`coverage`, `relayed_coverage`). Segments aired nowhere are exchanged in where it costs least, first at
   stations that nobody relays, then at parents and all who pass their slots on, as long as the costs of all together
   rise by less than 1 % and those of one station by less than 8 %.
6. *Reasons* (`reasons`) for minima that are missed.

Re-planning (`mending`): a station with nothing broken, short or missed is not touched at all. Elsewhere published
slots that break nothing are held, and those that do are mended at their own start. Only where something is still short
or missed after the search may held slots change: as few as can be, for each weighs more than all wishes and less than
an airing missed. `free` starts from the published slots and lets the search weigh the term *change*.

Decisions where the definition leaves something open
----------------------------------------------------

* A segment of no column keeps, for all pairs of its airings on a station, the largest separation of the
  columns it airs in that month; the distance to airings of other months is that of the new airing's column.
* The first airing that `repeats: false` counts is the first that the rule's other flags let count.
* A frame (`count_frame`) is the column's opening and closing, also for a kept slot made with another one.
* An item of a kept slot counts with its own duration, also where its segment's duration has changed.
* A must-air and a priority of the same segment may be answered by the same airing: each is asked by itself.
* *priority* is answered by an airing that starts within the 72 hours, or in an occurrence that starts within
  them; the planner aims at the first.
* An occurrence starts when it is scheduled to, also where a blackout covers its first minutes.
* A slot relayed by way of two overlapping sessions that name different stations is there twice, once from
  each; they are a conflict, not a break.
* `aired` dates inside the month are taken as they are, for distance.
* Under `least`, a published slot of a column with neither minimum nor target stays if it breaks nothing; no
  new one is made. `free` drops it.
* Under `least`, a slot is added to a changed station only if the wishes gain at least 0.02 by it.
* Of several own starts on a date the earliest is taken, first in sessions that others relay.
* Parents are planned without regard to what their slots may meet at a child: own slots of the child move.
* An exchange for the sake of *uncovered* may cost a single station up to 8 % of its wishes, within the 1 % of all.
* Ids are `{station}.{YYYYMMDD}T{HHMM}` of the local start; a long station code is cut and marked with a
  checksum, a taken id gets a number. A slot at the start of a published slot of its column keeps that id.
"""

from schedules.planner.province import make_plan

__all__ = ["make_plan"]
