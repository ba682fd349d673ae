"""Proof recounted from raw statements and slots, as JSON-like dicts, by code that shares nothing with the product.

Slow and literal on purpose: each question is asked anew of all statements.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

Json = dict[str, Any]
LOCAL = timezone(timedelta(hours=7))
DAY = 86_400_000


def epoch(text: str) -> int:
    return round((datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def local_month(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, LOCAL).strftime("%Y-%m")


def local_date(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, LOCAL).strftime("%Y-%m-%d")


def holding(statements: Iterable[Json]) -> list[Json]:
    """One statement a uid, corrections followed to what holds."""
    known = {each["uid"]: each for each in statements if each["grade"] >= 2}
    up: dict[str, str] = {}
    for uid, each in known.items():
        target = each.get("corrects")
        if each.get("judged") and each.get("slot"):
            continue  # decides on an item, whatever was said of it
        there = known.get(target or "", {})
        too_weak = there and (there["grade"] > each["grade"] or (there.get("judged") and not each.get("judged")))
        if target and target != uid and not too_weak:
            up[uid] = target
    related: list[set[str]] = []
    for uid in known:
        group = {uid, up.get(uid, uid)}
        for other in [each for each in related if each & group]:
            group |= other
            related.remove(other)
        related.append(group)
    held = []
    for group in related:
        members = [known[uid] for uid in group if uid in known]
        corrected = {up[uid] for uid in group if uid in up}
        free = [each for each in members if each["uid"] not in corrected] or members
        held.append(max(free, key=lambda each: (each["made_at_ms"], each["uid"])))
    return sorted(held, key=lambda each: str(each["uid"]))


def weighed(saids: list[Json], blind: Callable[[Json], bool] = lambda _: False) -> list[Json]:
    """Where somebody judged: the last judgement, and what was said since by what is better than all it judged."""
    seen = [each for each in saids if not blind(each)]
    judged = sorted((each["made_at_ms"], each["uid"]) for each in seen if each.get("judged"))
    if not judged:
        return seen
    last = next(each for each in seen if (each["made_at_ms"], each["uid"]) == judged[-1])
    since = [each for each in seen if not each.get("judged") and each["made_at_ms"] > last["made_at_ms"]]
    best = max(each["grade"] for each in seen if each not in since)
    return [last, *(each for each in since if each["grade"] > best)]


class Recount:
    """`about`: station's slots, statements, segments (by id), meant, delivered, now_ms, tolerances."""

    def __init__(self, about: Json) -> None:
        self.about = about
        self.tol = about["tolerances"]
        self.slots = {slot["id"]: slot for slot in about["slots"]}
        self.start = {slot["id"]: epoch(slot["start"]) for slot in about["slots"]}
        self.order = sorted(self.slots, key=lambda s: (self.start[s], bool(self.slots[s].get("relayed_from")), s))
        self.items = [(slot, n) for slot in self.order for n in range(len(self.slots[slot]["items"]))]
        self.held = [dict(each) for each in holding(about["statements"])]
        for source in {each.get("source", "") for each in self.held} - {""}:
            self._set_clock(source)
        self._place()

    def item(self, key: tuple[str, int]) -> Json:
        found: Json = self.slots[key[0]]["items"][key[1]]
        return found

    def begins(self, key: tuple[str, int]) -> int:
        return int(self.start[key[0]] + self.item(key)["start_ms"])

    def ends(self, key: tuple[str, int]) -> int:
        return int(self.begins(key) + self.item(key)["duration_ms"])

    def _offsets(self, each: Json) -> list[tuple[int, tuple[str, int]]]:
        if each.get("slot") in self.slots:
            if not each.get("segment"):
                return [(each["start_ms"] - self.start[each["slot"]], (each["slot"], -1))]
            return [
                (each["start_ms"] - self.begins(key), key)
                for key in self.items
                if key[0] == each["slot"] and self.item(key)["segment"] == each["segment"]
            ]
        every = [
            (each["start_ms"] - self.begins(key), key)
            for key in self.items
            if self.item(key)["segment"] == each.get("segment")
        ]
        return [(ms, key) for ms, key in every if abs(ms) <= DAY + self.tol["late_ms"]]

    def _set_clock(self, source: str) -> None:
        mine = [each for each in self.held if each.get("source") == source and each.get("start_ms") is not None]
        off = {each["uid"]: self._offsets(each) for each in mine}
        off = {uid: found for uid, found in off.items() if found}
        right = sum(any(abs(ms) <= self.tol["late_ms"] for ms, _ in found) for found in off.values())
        every = sorted((ms, uid, key) for uid, found in off.items() for ms, key in found)
        best = None
        for lowest in {ms for ms, _, _ in every}:
            group = [each for each in every if 0 <= each[0] - lowest <= self.tol["clock_agree_ms"]]
            by = sorted(ms for ms, _, _ in group)[(len(group) - 1) // 2]
            agree = min(len({uid for _, uid, _ in group}), len({key for _, _, key in group}))
            late = abs(by) <= self.tol["match_ms"] and len({key[0] for _, _, key in group}) < 2
            enough = agree >= 3 + right and agree * 3 >= 2 * len(off)
            if abs(by) > self.tol["late_ms"] and not late and enough:
                best = min(best or (0, 0, 0), (-agree, abs(by), by))
        if best is not None:
            for each in mine:
                each["start_ms"] -= best[2]

    def _place(self) -> None:
        self.said: dict[tuple[str, int], list[Json]] = {key: [] for key in self.items}
        self.beside: list[tuple[str, Json]] = []
        loose = []
        for each in self.held:
            if each.get("slot") not in self.slots:
                loose.append(each)
                continue
            here = [key for key in self.items if key[0] == each["slot"]]
            same = [key for key in here if self.item(key)["segment"] == each.get("segment")]
            if not each.get("segment"):
                for key in here:
                    self.said[key].append({**each, "whole": True})
            elif same:
                at = each.get("start_ms")
                self.said[min(same, key=lambda key: abs(self.begins(key) - at)) if at is not None else same[0]].append(
                    each
                )
            elif each["aired"] or each.get("judged"):
                self.beside.append((each["slot"], each))
        self._place_by_time(loose)

    def _place_by_time(self, loose: list[Json]) -> None:
        ways = sorted(
            (abs(each["start_ms"] - self.begins(key)), each["start_ms"], each["uid"], self.items.index(key))
            for each in loose
            if each.get("start_ms") is not None and not each.get("judged")
            for key in self.items
            if self.item(key)["segment"] == each.get("segment")
        )
        by_uid = {each["uid"]: each for each in loose}
        for off, _, uid, place in ways:
            each, key = by_uid.get(uid), self.items[place]
            if each is None or off > self.tol["match_ms"]:
                continue
            mark = (each["grade"], each.get("source", ""))
            taken = [s for s in self.said[key] if not s.get("whole") and not s.get("judged")]
            if any((s["grade"], s.get("source", "")) == mark for s in taken):
                continue
            self.said[key].append(by_uid.pop(uid))
        for each in by_uid.values():
            at = each.get("start_ms")
            if at is not None and (each["aired"] or each.get("judged")):
                over = [s for s in self.order if self.start[s] <= at < self.start[s] + self.slots[s]["length_ms"]]
                if over:
                    self.beside.append((over[0], each))

    def _possible(self, slot: str, saids: list[Json]) -> list[Json]:
        """Nothing can have been aired in a slot that has not begun."""
        return [each for each in saids if not each["aired"] or self.start[slot] <= self.about["now_ms"]]

    def _weighed(self, key: tuple[str, int]) -> list[Json]:
        return weighed(self._possible(key[0], self.said[key]), lambda s: self._blind(s, key))

    def at_odds(self) -> set[str]:
        """The slots of which one grade says as a whole what it denies of an item, or the other way round."""
        found = set()
        for key in self.items:
            for one in self._weighed(key):
                for other in self._weighed(key):
                    apart = one["aired"] != other["aired"] and one.get("whole") and not other.get("whole")
                    if apart and one["grade"] == other["grade"]:
                        found.add(key[0])
        return found

    def shows(self, key: tuple[str, int]) -> dict[int, int]:
        """By grade, what its statements show of an item."""
        planned, found = self.item(key)["duration_ms"], {}
        for grade in (2, 3, 4):
            about = [s for s in self._weighed(key) if s["grade"] == grade]
            about = [s for s in about if not s.get("whole")] or about
            if about:
                found[grade] = max(self._ms(s, key, planned) for s in about)
        return found

    def _blind(self, each: Json, key: tuple[str, int]) -> bool:
        if each["aired"] or each["grade"] != 4:
            return False
        first, last = each.get("covers_from_ms"), each.get("covers_to_ms")
        return (first is not None and first > self.begins(key)) or (last is not None and last < self.ends(key))

    def _ms(self, each: Json, key: tuple[str, int], planned: int) -> int:
        if not each["aired"]:
            return 0
        if each.get("duration_ms") is None:
            return planned
        length = each["duration_ms"] - (self.item(key)["start_ms"] if each.get("whole") else 0)
        return max(0, min(planned, length))

    def others(self, slot: str) -> list[tuple[str, dict[int, int]]]:
        """What else sounded in a slot: known segments of its column with what each grade shows, cut to what is left."""
        decided = [self.shows(key) for key in self.items if key[0] == slot]
        left = sum(item["duration_ms"] for item in self.slots[slot]["items"])
        left = max(0, left - sum(found[max(found)] for found in decided if found))
        mine = self._possible(slot, [each for where, each in self.beside if where == slot])
        names = sorted({(e.get("segment") or "", "" if e.get("segment") else e.get("title", "")) for e in mine})
        told = []
        for code, title in names:
            segment = self.about["segments"].get(code)
            found: dict[int, int] = {}
            same = [
                each
                for each in mine
                if (each.get("segment") or "") == code and (code or each.get("title", "") == title)
            ]
            for each in weighed(same):
                ms = each.get("duration_ms")
                if segment is not None:
                    ms = segment["duration_ms"] if ms is None else min(ms, segment["duration_ms"])
                ms = ms or 0 if each["aired"] else 0
                found[each["grade"]] = max(found.get(each["grade"], 0), min(ms, left))
            left -= found[max(found)]
            relayed = self.slots[slot].get("relayed_from")
            fits = segment and segment.get("column") in {None, self.slots[slot]["column"]}
            if fits and (not relayed or code in self.about["meant"]):
                told.append((code, found))
        return told

    def things(self, rule: Json, month: str, policy: int) -> list[Json]:
        """Every item and substitute that the rule looks at, with all its figures."""
        found = []
        for slot in self.order:
            raw = self.slots[slot]
            relayed = bool(raw.get("relayed_from"))
            if raw["column"] != rule["column"] or local_month(self.start[slot]) != month:
                continue
            if relayed and not rule.get("relayed", True):
                continue
            for key in [key for key in self.items if key[0] == slot]:
                code = self.item(key)["segment"]
                if self._counts(rule, code) and (not relayed or code in self.about["meant"]):
                    found.append(self._item_figures(key, code, policy))
            for code, claims in self.others(slot):
                if self._counts(rule, code):
                    found.append(figures(slot, code, claims, policy, planned=0, in_time=False))
        return found

    def _counts(self, rule: Json, code: str) -> bool:
        segment = self.about["segments"].get(code)
        return segment is not None and (not rule.get("languages") or segment["language"] in rule["languages"])

    def _item_figures(self, key: tuple[str, int], code: str, policy: int) -> Json:
        planned = self.item(key)["duration_ms"]
        at = self.about["delivered"].get(code)
        in_time = at is not None and at <= self.begins(key)
        thing = figures(key[0], code, self.shows(key), policy, planned=planned, in_time=in_time)
        now, ended = self.about["now_ms"], self.ends(key)
        open_now = not thing.pop("known") and now < ended + self.tol["report_within_ms"]
        thing["settled_ms"] = 0 if open_now else planned
        thing["to_come_ms"] = planned if open_now and ended > now else 0
        thing["awaited_ms"] = planned if open_now and ended <= now else 0
        return thing

    def verdict(self, rule: Json, month: str, policy: int) -> Json:
        """The sums of a minimum, with repeats, frames and languages as the rule says."""
        things = self.things(rule, month, policy)
        return {name: self._sum(rule, things, name) for name in (*FIGURES, *OUTLOOK)}

    def _sum(self, rule: Json, things: list[Json], name: str) -> int:
        counted = things
        if not rule.get("repeats", True):
            counted = []
            for code in dict.fromkeys(each["segment"] for each in things):
                airings = [each for each in things if each["segment"] == code]
                planned = [each for each in airings if each["planned_ms"]]
                first = name == "planned_ms" and planned
                counted.append(planned[0] if first else max(airings, key=lambda each: each[name]))
        total = sum(each[name] for each in counted)
        if rule.get("count_frame"):
            total += rule["frame_ms"] * len({each["slot"] for each in counted if each[name]})
        return int(total)


FIGURES = ("planned_ms", "delivered_ms", "reported_ms", "logged_ms", "heard_ms", "counted_ms", "settled_ms")
OUTLOOK = ("to_come_ms", "awaited_ms")
"""Recounted rightly only where the rule counts every airing and no frames: the rest depends on what counts already."""


def figures(slot: str, code: str, claims: dict[int, int], policy: int, *, planned: int, in_time: bool) -> Json:
    def at_least(grade: int) -> int:
        return max((ms for found, ms in claims.items() if found >= grade), default=0)

    known = bool(claims) and max(claims) >= policy
    if claims:
        counted = claims[max(claims)] if known else 0
    else:
        known = policy == 0 or (policy == 1 and in_time and planned > 0)
        counted = planned if known else 0
    return {
        "slot": slot,
        "segment": code,
        "known": known,
        "planned_ms": planned,
        "delivered_ms": max(planned if in_time else 0, at_least(2)),
        "reported_ms": at_least(2),
        "logged_ms": at_least(3),
        "heard_ms": at_least(4),
        "counted_ms": counted,
        "settled_ms": 0,
        "to_come_ms": 0,
        "awaited_ms": 0,
    }
