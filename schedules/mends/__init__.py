"""Mends: the smallest change of a problem with which a station's minimum is met, found by really planning it.

How a mend is found
-------------------

1. *Alone* (`trying`). The station is cut out of the problem, its parents' slots as given, those who relay it left
   out. A change is tried by planning this small problem: the minimum must be met, no other minimum of the station be
   shorter than before, and no more owed airings missed. What a bound of `schedules.planner.reasons` forbids is not
   planned at all.
2. *Kinds* (`kinds`). Each kind of change comes in rising amounts: one more segment, two, three; one more date, one
   weekday, two. The smallest amount that helps is sought upwards in doubling steps, then between the last two.
3. *Together* (`search`). Where no kind helps by itself, all are tried together; then each is taken away again, the
   largest first, where the rest does without, and what stays is lessened.
4. The smallest is planned once more as the planner plans it in earnest, and only then named.

What is smaller
---------------

Planning once more is no change: 0. A segment to approve, a segment to keep valid, a date or a weekday to broadcast
on, a session to lengthen: 1 each, for it concerns this station alone. What changes for every station counts more: 20
for a column's setting, 40 for a rule, and 1 for each step of its amount. Of equals the kind that stands first in
`kinds` is named. Every kind but `LowerMinimum` only allows more, so that no other station is worse off by it;
`LowerMinimum` is named only where a maximum contradicts the minimum.
"""

from schedules.mends.search import Found, find_mends
from schedules.mends.steps import Mend, Step, apply

__all__ = ["Found", "Mend", "Step", "apply", "find_mends"]
