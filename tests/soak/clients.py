"""Who uses it meanwhile: clients that try again, elsewhere and later, until they are answered, and then hold it to its word."""

import base64
import hashlib
import random
import re
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from tests.server.sounds import wav
from tests.soak.stage import STATIONS, Stage
from tests.soak.told import Told

# Refused for now, as it says: too many requests, not there at the moment.
LATER = {429, 502, 503, 504}
LONGEST_WAIT_S = 20.0
# Who was not answered by then gives up, and was promised nothing.
PATIENCE_S = 90.0
_PIECE = 128 * 1024
_TUS = {"Tus-Resumable": "1.0.0"}


class GivenUp(Exception):
    """Not answered in time, or told to stop."""


class Asking:
    """One client's line: it asks one web, then the other, until somebody answers."""

    def __init__(self, stage: Stage, told: Told, stop: Event, headers: dict[str, str]) -> None:
        self.stage, self.told, self.stop = stage, told, stop
        self._client = httpx.Client(headers=headers, timeout=LONGEST_WAIT_S)
        self._turn = random.randrange(2)  # noqa: S311 (which web is asked first)

    def once(self, method: str, path: str, **facts: Any) -> httpx.Response | None:
        """None where nobody answered, or it was put off."""
        self._turn += 1
        web = self.stage.webs[self._turn % len(self.stage.webs)]
        try:
            answer = self._client.request(method, f"{web.address}{path}", **facts)
        except httpx.TransportError as error:
            self.told.answered(f"no answer: {type(error).__name__}")
            self.stop.wait(0.2)
            return None
        self.told.answered(str(answer.status_code))
        if answer.status_code in LATER:
            self.stop.wait(min(float(answer.headers.get("Retry-After", 1)), 2.0))
            return None
        if answer.status_code >= 500:
            self.told.fault(f"{method} {path}: {answer.status_code} {answer.text[:300]} ({web.name})")
            self.stop.wait(0.5)
            return None
        return answer

    def until_answered(self, method: str, path: str, **facts: Any) -> httpx.Response:
        """Raises GivenUp."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            answer = self.once(method, path, **facts)
            if answer is not None:
                return answer
        raise GivenUp


class Clients:
    """`begin` all, `end` and wait for what is under way: each ends what it has begun."""

    def __init__(self, stage: Stage, told: Told, seed: int) -> None:
        self._stage, self._told, self._seed = stage, told, seed
        self._stop = Event()
        self._threads: list[Thread] = []

    def begin(self) -> None:
        station = self._stage.tokens
        self._go(_upload, self._stage.person, every_s=4.0)
        self._go(_plan, self._stage.person, every_s=2.0)
        self._go(_close, self._stage.person, every_s=5.0)
        for code in STATIONS:
            self._go(_say, station[code], every_s=1.0, code=code)
            self._go(_poll, station[code], every_s=0.5, code=code)
            self._go(_check_in, station[code], every_s=1.0, code=code)

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _go(self, act: "Callable[..., None]", headers: dict[str, str], *, every_s: float, code: str = "") -> None:
        chance = random.Random(f"{self._seed} {act.__name__} {code}")  # noqa: S311 (what clients do)
        # Whoever has begun something is answered after the end too: only a pause ends at once.
        asking = Asking(self._stage, self._told, Event(), headers)

        def go_on() -> None:
            for number in count(1):
                try:
                    act(asking, chance, number, code)
                except GivenUp:
                    self._told.answered(f"given up: {act.__name__[1:]}")
                except Exception as error:  # noqa: BLE001 (a client that dies would hide what it was to find)
                    self._told.fault(f"{act.__name__}: {type(error).__name__}: {error}")
                if self._stop.wait(chance.uniform(0, 2 * every_s)):
                    return

        thread = Thread(target=go_on, name=f"{act.__name__}{code}", daemon=True)
        self._threads.append(thread)
        thread.start()


def _upload(asking: Asking, chance: random.Random, number: int, _code: str) -> None:
    title = f"Bài gửi {number}"
    path = Path(wav(asking.stage.folder / "upload.wav", seed=chance.randrange(2**31), seconds=20.5))
    content = path.read_bytes()
    said = {"filename": f"{number}.wav", "title": title, "topic": "mot-cua", "language": "vi", "column": ""}
    pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}".strip() for name, value in said.items())
    announced = asking.until_answered(
        "POST", "/api/v1/uploads", headers={**_TUS, "Upload-Length": str(len(content)), "Upload-Metadata": pairs}
    )
    if announced.status_code != 201:
        asking.told.fault(f"announced: {announced.status_code} {announced.text[:300]}")
        return
    place = httpx.URL(announced.headers["Location"]).path
    offset = 0
    while offset < len(content):
        headers = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        answer = asking.once("PATCH", place, headers=headers, content=content[offset : offset + _PIECE])
        if answer is None or answer.status_code != 204:
            answer = asking.until_answered("HEAD", place, headers=_TUS)
        if answer.status_code not in {200, 204}:
            asking.told.fault(f"upload at {offset}: {answer.status_code}")
            return
        there = int(answer.headers["Upload-Offset"])
        if there < offset:
            asking.told.fault(f"an upload went back from {offset} to {there}")
        offset = there
    asking.told.uploads[title] = hashlib.sha256(content).hexdigest()


def _say(asking: Asking, chance: random.Random, number: int, code: str) -> None:
    """Twice with the same keys: the second time all are known, and are the same entries."""
    slots = asking.stage.slots[code]
    keys = [f"{number}.{each}" for each in range(chance.randint(1, 3))]
    statements = [{"id": key, "slot": chance.choice(slots)} for key in keys]
    for again in (False, True):
        answer = asking.until_answered("POST", f"/api/v1/stations/{code}/as-run", json={"statements": statements})
        if answer.status_code != 200:
            asking.told.fault(f"as-run: {answer.status_code} {answer.text[:300]}")
            return
        for key, line in zip(keys, answer.json()["lines"], strict=True):
            known = asking.told.entries.get((code, key))
            if line["outcome"] == "refused" or (again and (line["outcome"], line["entry"]) != ("known", known)):
                asking.told.fault(f"as-run {code} {key}: {line}, known as {known}")
            asking.told.entries[code, key] = line["entry"]


def _check_in(asking: Asking, _chance: random.Random, number: int, code: str) -> None:
    said = {"program": "soak", "now": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "trouble": f"số {number}"}
    answer = asking.until_answered("POST", f"/api/v1/stations/{code}/check-in", json=said)
    if answer.status_code != 200:
        asking.told.fault(f"check-in: {answer.status_code} {answer.text[:300]}")
    asking.told.check_ins[code] = number


def _poll(asking: Asking, chance: random.Random, _number: int, code: str) -> None:
    """What a station has seen of a month never becomes older, whichever web it asks."""
    if chance.random() < 0.5:
        month = chance.choice(asking.stage.planned)
        answer = asking.until_answered("GET", f"/api/v1/stations/{code}/months/{month}/playlist.json")
        if answer.status_code != 200:
            asking.told.fault(f"playlist: {answer.status_code} {answer.text[:300]}")
        return
    answer = asking.until_answered("GET", f"/api/v1/stations/{code}/manifest")
    if answer.status_code != 200:
        asking.told.fault(f"manifest: {answer.status_code} {answer.text[:300]}")
        return
    version = str(answer.json()["manifest"]["version"])
    for name, number in re.findall(r"(\d{4}-\d{2}):(\d+)", version):
        seen = asking.told.seen.get((code, name), 0)
        if int(number) < seen:
            asking.told.fault(f"manifest of {code}: {version} after {name}:{seen}")
        asking.told.seen[code, name] = max(int(number), seen)


def _plan(asking: Asking, chance: random.Random, _number: int, _code: str) -> None:
    """Planned anew or changed by hand, then published."""
    month = str(chance.choice(asking.stage.planned))
    if chance.random() < 0.5:
        answer = asking.until_answered("POST", f"/api/v1/plans/{month}", json={})
    else:
        draft = asking.until_answered("GET", f"/api/v1/plans/{month}/stations/h654/draft").json()
        ahead = [slot for slot in draft["slots"] if not slot["locked"]]
        if not ahead:
            return
        slot = chance.choice(ahead)["key"]
        answer = asking.until_answered(
            "POST",
            f"/api/v1/plans/{month}/stations/h654/slots/{slot}/lock",
            json={"version": draft["revision"]["version"]},
        )
        asking.told.edits += answer.status_code == 200
    # A change whose answer was lost was made: the same once more is too late (409), or breaks something by now (422).
    if answer.status_code not in {200, 201, 409, 422}:
        asking.told.fault(f"planning: {answer.status_code} {answer.text[:300]}")
    answer = asking.until_answered("POST", f"/api/v1/plans/{month}/publish")
    if answer.status_code == 200:
        number = answer.json()["revision"]["number"]
        asking.told.published(month, number)
        # From whichever web is asked next.
        served = asking.until_answered("GET", f"/api/v1/plans/{month}").json()["in_force"]
        if served["number"] < number:
            asking.told.fault(f"{month}: published {number}, then served {served['number']}")
    elif answer.status_code not in {404, 409}:  # published, and the answer was lost
        asking.told.fault(f"publishing: {answer.status_code} {answer.text[:300]}")


def _close(asking: Asking, chance: random.Random, _number: int, _code: str) -> None:
    month = str(chance.choice(asking.stage.closable))
    answer = asking.until_answered("POST", f"/api/v1/closings/{month}", json={"reason": "Nhật ký đến muộn"})
    if answer.status_code in {200, 201}:
        closing = answer.json()
        asking.told.closings.append((month, closing["number"]))
    elif answer.status_code not in {409, 422}:  # closed, and the answer was lost: nothing to amend
        asking.told.fault(f"closing: {answer.status_code} {answer.text[:300]}")
