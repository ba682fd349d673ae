"""The planner: a month's slots for all stations, from an instance alone.

How a plan is made
------------------

1. *Order* (`province`). Stations are planned one by one, parents before those who relay them. A parent's
   slots are then fixed for its children, so each station is a problem of its own. Stations whose inputs
   are alike share one plan; parents that are alike get up to 24 different ones, so that the province airs
   more of its segments.
2. *A draft* (`station_draft`). Kept and relayed slots are fixed. Own slots go in and out one at a time, and
   `fits` asks H1 to H6 of each before it goes in: a draft never is anything but a plan. Sums for the wishes
   (`column_wishes`) and for the rules (`rule_totals`) follow each change, so that the score (shortfall, owed
   airings missed, cost) is always at hand, compared in this order.
3. *What is owed* (`building.place_owed`). Owed airings are placed, the first due first: into a slot that is
   there, into a new one, in place of another item; a segment that stands in its own way is placed anew.
4. *Wishes* (`building.add_slots`). Slots are added in the weeks that lack most, each around the segment
   that the wishes like best, until nothing more helps. `fillings` joins others where a slot would be too
   short, by an exact subset sum where a narrow length asks for it.
5. *Shortfall* (`shortfall`). What minima still lack is filled by passes over all dates with the fullest
   slots that maxima leave, then by exchanges that never add to the shortfall.
6. *Search* (`improving`). Simulated annealing over counted tries: items replaced (`probe` weighs many
   segments at once), slots moved, joined, traded, rebuilt. Nothing reads a clock; random numbers come from
   the instance's seed: the same instance gives the same plan on any machine.
7. *Coverage* (`coverage`). Segments aired nowhere are exchanged in at stations that nobody relays, the
   cheapest first, as long as the costs rise by less than 1 %.

Re-planning (`replanning`): published slots that break nothing are held, those that do are mended at their
own start; a station with nothing broken, short or missed is not touched at all. If something is still short,
the slot whose release helps most is let go, one after the other, and all together only where no single one
helps. `free` starts from the published slots and lets the search weigh the term *change*.

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
* Ids are `{station}.{YYYYMMDD}T{HHMM}` of the local start; a long station code is cut and marked with a
  checksum, a taken id gets a number. A slot at the start of a published slot of its column keeps that id.
"""

from schedules.planner.province import make_plan

__all__ = ["make_plan"]
