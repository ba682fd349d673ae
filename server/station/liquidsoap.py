"""A station's air by Liquidsoap (2.1 of Debian 12): a script, the schedule that it reads, and the log that it writes.

    liquidsoap/loa.liq       the script: plays what is due by the schedule, urgent things at once, then relay or filler
    liquidsoap/schedule      written anew after each sync; the script looks at it every second
    liquidsoap/aired         what the script played, taken into the as-run log by `loa station report`

The schedule's lines have tabs between their fields, and no text of people's but in the last, quoted for `annotate:`.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from schedules.air_now import Due, laid_out, relayed_spans
from schedules.exports.playlists import annotations
from schedules.exports.printable import one_line
from schedules.instants import to_ms
from schedules.manifest import Manifest
from server.station.clock import StationClock
from server.station.disk import folder_refusals, write_whole
from server.station.log import Airing, Log
from server.station.player import SILENCE_S
from server.station.settings import StationSettings

_TAKEN, _ENDED = "liquidsoap_taken", "liquidsoap_ended"  # lines
_SINCE = timedelta(hours=1)
_MAIN = """\
# Viết bởi loa station liquidsoap; sửa tệp này sẽ mất khi viết lại. Lịch ở {schedule} tự đổi theo loa station sync.
settings.init.allow_root.set(true)
settings.log.stdout.set(true)
schedule_file = {schedule_text}
aired_file = {aired_text}
late = 5.

# Each due sound: id, begin and length in seconds since 1970, whether it may be relayed, its facts, its file.
due = ref([])
# Spans: of slots, in which a filler sounds when there is nothing else; of relays.
slots = ref([])
relays = ref([])
urgent_due = ref([])
read = ref("")
done = ref([])

own_queue = request.queue(id="own", prefetch=1)
urgent_queue = request.queue(id="urgent", prefetch=1)
playing_own = ref("")
playing_urgent = ref("")

def note(event, id, facts)
  file.write(data="#{{event}}\\t#{{id}}\\t#{{time()}}\\t#{{facts}}\\n", append=true, aired_file)
end

def loa_begins(playing, facts)
  id = facts["loa_id"]
  if id != "" then
    if !playing != "" then note("end", !playing, "") end
    playing := id
    note("begin", id, json.stringify(compact=true, facts))
  end
end

def read_schedule()
  text = file.exists(schedule_file) ? file.contents(schedule_file) : ""
  if text != !read then
    sounds = ref([])
    spans = ref([])
    passed_on = ref([])
    calls = ref([])
    def take(line)
      fields = string.split(separator="\\t", line)
      kind = list.nth(default="", fields, 0)
      id = list.nth(default="", fields, 1)
      begins = float_of_string(default=0., list.nth(default="", fields, 2))
      length = float_of_string(default=0., list.nth(default="", fields, 3))
      relayed = list.nth(default="", fields, 4) == "1"
      path = list.nth(default="", fields, 5)
      facts = list.nth(default="", fields, 6)
      sound = (id, begins, length, relayed, path, facts)
      if kind == "sound" then sounds := list.cons(sound, !sounds) end
      if kind == "urgent" then calls := list.cons(sound, !calls) end
      if kind == "slot" then spans := list.cons((begins, length), !spans) end
      if kind == "relay" then passed_on := list.cons((begins, length), !passed_on) end
    end
    list.iter(take, string.split(separator="\\n", text))
    due := list.rev(!sounds)
    slots := !spans
    relays := !passed_on
    urgent_due := list.rev(!calls)
    read := text
    # What sounds and is in the schedule no more was recalled, or its slot is gone.
    def there(id, sounds) list.exists(fun (s) -> begin let (other, _, _, _, _, _) = s; other == id end, sounds) end
    if !playing_own != "" and not there(!playing_own, !due) then source.skip(own_queue) end
    if !playing_urgent != "" and not there(!playing_urgent, !urgent_due) then source.skip(urgent_queue) end
    log.important(label="loa", "schedule: #{{list.length(!due)}} sounds")
  end
end

def within(spans)
  now = time()
  list.exists(fun (span) -> begin let (begins, length) = span; begins <= now and now < begins + length end, spans)
end

def is_done(id) list.mem(id, !done) end
{relay}
{filler}
own = source.on_track(cue_cut(own_queue), fun (m) -> loa_begins(playing_own, m))
urgent = source.on_track(cue_cut(urgent_queue), fun (m) -> loa_begins(playing_urgent, m))
radio = fallback(id="radio", track_sensitive=false, [urgent, own, {others}blank(id="silence")])

def push(queue, sound, offset)
  let (id, _, _, _, path, facts) = sound
  done := list.cons(id, !done)
  cue = offset > 0. ? ",liq_cue_in=\\"#{{offset}}\\"" : ""
  ignore(queue.push.uri("annotate:#{{facts}},loa_offset=\\"#{{offset}}\\"#{{cue}}:#{{path}}"))
end

def step()
  read_schedule()
  now = time()
  if !playing_urgent != "" and not source.is_ready(urgent_queue) then
    note("end", !playing_urgent, "")
    playing_urgent := ""
  end
  if !playing_own != "" and not source.is_ready(own_queue) then
    note("end", !playing_own, "")
    playing_own := ""
  end
  # Nothing sounds later than its time but for a moment: what follows would be late as well.
  def over_time(sound)
    let (id, begins, length, _, _, _) = sound
    if id == !playing_own and now > begins + length + late then source.skip(own_queue) end
  end
  list.iter(over_time, !due)
  def begin_urgent(sound)
    let (id, _, _, _, _, _) = sound
    if not is_done(id) and !playing_urgent == "" and not source.is_ready(urgent_queue) then
      push(urgent_queue, sound, 0.)
      # What was cut is entered again where it would be by then.
      if !playing_own != "" then
        cut = !playing_own
        done := list.filter(fun (other) -> other != cut, !done)
        source.skip(own_queue)
      end
    end
  end
  list.iter(begin_urgent, !urgent_due)
  def begin_own(sound)
    let (id, begins, length, relayed, _, _) = sound
    behind = now - begins
    if behind >= 0. and (behind < length or behind <= late) and not is_done(id) then
      if not (relayed and relay_there()) and not source.is_ready(urgent_queue) then
        push(own_queue, sound, behind > late ? behind : 0.)
      end
    end
  end
  list.iter(begin_own, !due)
end

# What is urgent and was played before this start is not played again.
if file.exists(aired_file) then
  def remember(line)
    fields = string.split(separator="\\t", line)
    if list.nth(default="", fields, 0) == "end" then done := list.cons(list.nth(default="", fields, 1), !done) end
  end
  list.iter(remember, file.lines(aired_file))
end
thread.run(every={{0.25}}, step)
{out}
"""
_RELAY = """
relay = blank.strip(max_blank={silence}., threshold=-50., input.http(id="relay", {url}))
def relay_there() within(!relays) and source.is_ready(relay) end
relay_now = switch(id="relay_now", track_sensitive=false, [({{within(!relays)}}, relay)])
"""
_NO_RELAY = "def relay_there() false end\n"
_LINE_RELAY = "def relay_there() within(!relays) end\n"
_FILLER = """
filler = switch(id="filler", track_sensitive=false, [({{within(!slots)}}, playlist(id="files", {path}))])
"""


def folder_of(settings: StationSettings) -> Path:
    return settings.folder.absolute() / "liquidsoap"


def script(settings: StationSettings, *, out: str) -> str:
    """`out` is what is done with `radio`, in Liquidsoap's language."""
    folder, play = folder_of(settings), settings.play
    streams = play.relay not in {"", "line"}
    relay = _RELAY.format(silence=SILENCE_S, url=quoted(play.relay)) if streams else ""
    return _MAIN.format(
        schedule=folder / "schedule",
        schedule_text=quoted(str(folder / "schedule")),
        aired_text=quoted(str(folder / "aired")),
        relay=relay or (_LINE_RELAY if play.relay == "line" else _NO_RELAY),
        filler=_FILLER.format(path=quoted(str(play.filler.absolute()))) if play.filler is not None else "",
        others=("relay_now, " if streams else "") + ("filler, " if play.filler is not None else ""),
        out=out,
    )


def write_schedule(
    settings: StationSettings, manifest: Manifest, sound: Callable[[str], Path | None], clock: StationClock
) -> None:
    """Raises FolderUnwritable, FolderFull."""
    folder = folder_of(settings)
    text = "".join(
        f"{line}\n" for line in _schedule(settings, manifest, sound, ahead_ms=clock.ahead_ms, now=clock.now())
    )
    path = folder / "schedule"
    with suppress(OSError):
        if path.read_text("utf-8") == text:
            return
    with folder_refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())


def _schedule(
    settings: StationSettings,
    manifest: Manifest,
    sound: Callable[[str], Path | None],
    *,
    ahead_ms: int,
    now: datetime,
) -> Iterator[str]:
    """Times are by this machine's clock, which is that much ahead."""

    def seconds(ms: int) -> str:
        return f"{ms / 1000:.3f}"

    relayed = {slot.key for slot in manifest.slots if slot.relayed_from is not None and settings.play.relay}
    laid = laid_out(manifest, relays=False)
    since = now - _SINCE
    for due in laid.emergencies:
        if due.ends_at > now and (path := sound(due.sha256 or "")) is not None:
            yield _line("urgent", due, seconds(to_ms(due.starts_at) + ahead_ms), path, relayed=False)
    for due in laid.sounds:
        if due.ends_at > since and (path := sound(due.sha256 or "")) is not None:
            begins = seconds(to_ms(due.starts_at) + ahead_ms)
            yield _line("sound", due, begins, path, relayed=due.slot in relayed)
    for slot in manifest.slots:
        begins_ms = to_ms(slot.starts_at)
        kinds = ["slot", "relay"] if slot.key in relayed else ["slot"]
        if begins_ms + slot.length_ms > to_ms(since):
            for kind in kinds:
                yield "\t".join((kind, "", seconds(begins_ms + ahead_ms), seconds(slot.length_ms)))
    if settings.play.relay:
        for begins_at, ends_at in relayed_spans(manifest, since, days=31):
            length = (ends_at - begins_at) // timedelta(milliseconds=1)
            yield "\t".join(("relay", "", seconds(to_ms(begins_at) + ahead_ms), seconds(length)))


def _line(kind: str, due: Due, begins: str, path: Path, *, relayed: bool) -> str:
    facts = annotations(
        {
            "title": one_line(due.title),
            "loa_id": due.id,
            "loa_kind": due.kind,
            "loa_segment": due.segment,
            "loa_slot": due.slot,
            "loa_emergency": str(due.emergency) if due.emergency is not None else None,
            "loa_due_ms": str(to_ms(due.starts_at)),
            "loa_ends_ms": str(to_ms(due.ends_at)),
            "loa_duration_ms": str(due.duration_ms),
            "loa_sha256": due.sha256,
        }
    )
    length = f"{due.duration_ms / 1000:.3f}"
    return "\t".join((kind, due.id, begins, length, "1" if relayed else "0", str(path.absolute()), facts))


def take_aired(settings: StationSettings, log: Log, clock: StationClock) -> int:
    """What the script wrote since the last time goes into the as-run log; how many sounds it was.

    A sound that only began is taken when its end is written, or when its time is long over.
    """
    path = folder_of(settings) / "aired"
    try:
        lines = path.read_text("utf-8", errors="replace").split("\n")[:-1]  # the last is still being written
    except FileNotFoundError:
        return 0
    taken, ended = int(log.fact(_TAKEN) or 0), int(log.fact(_ENDED) or 0)
    if max(taken, ended) > len(lines):  # somebody emptied it
        taken = ended = 0
    found, open_from = _airings(lines[taken:], clock, counted=ended - taken)
    known = {airing.id: airing for airing in log.since(0)} if found else {}
    for airing in found:
        before = known.get(airing.id)
        if before is not None and before.answer:
            continue
        if before is not None:  # it was cut, and entered again
            airing.heard_ms = min(before.heard_ms + airing.heard_ms, airing.duration_ms)
            airing.begun_ms, airing.raw_ms = min(before.begun_ms, airing.begun_ms), min(before.raw_ms, airing.raw_ms)
        if airing.whole:
            airing.heard_ms, airing.why = airing.duration_ms, ""
        log.keep(airing)
        known[airing.id] = airing
    log.keep_fact(_TAKEN, str(taken + open_from))
    log.keep_fact(_ENDED, str(len(lines)))
    return len(found)


def _airings(lines: list[str], clock: StationClock, *, counted: int) -> tuple[list[Airing], int]:
    """Those that are over, and before which line all is told. Ends before the line `counted` were told before, while
    something else still sounded: how long they were heard is not to be added once more.
    """
    begun: dict[str, tuple[int, float, dict[str, str]]] = {}
    found: list[Airing] = []
    for number, line in enumerate(lines):
        event, _, rest = line.partition("\t")
        key, _, rest = rest.partition("\t")
        at_text, _, facts_text = rest.partition("\t")
        if not re.fullmatch(r"\d+(\.\d*)?", at_text):
            continue
        at = float(at_text)
        if event == "begin":
            with suppress(msgspec.DecodeError, msgspec.ValidationError):
                begun[key] = (number, at, dict(msgspec.json.decode(facts_text, type=list[tuple[str, str]])))
        elif event == "end" and key in begun:
            _number, began, facts = begun.pop(key)
            with suppress(KeyError, ValueError):
                if number < counted:
                    continue
                found.append(_airing(key, began, at, facts, clock))
    now = clock.moment().raw_ms / 1000
    for key, (_number, began, facts) in list(begun.items()):
        with suppress(KeyError, ValueError):
            length = int(facts["loa_duration_ms"]) / 1000
            if began + length + 60 < now:  # its end was never written: nobody knows how much of it sounded
                airing = _airing(key, began, began, facts, clock)
                airing.why = "killed"
                found.append(airing)
                del begun[key]
    return found, min((number for number, _began, _facts in begun.values()), default=len(lines))


def _airing(key: str, began: float, ended: float, facts: dict[str, str], clock: StationClock) -> Airing:
    """Raises KeyError, ValueError for facts that this program did not write."""
    raw_ms, heard_ms = round(began * 1000), round((ended - began) * 1000)
    duration_ms = int(facts["loa_duration_ms"])
    offset = float(facts.get("loa_offset") or 0)
    emergency = facts.get("loa_emergency")
    return Airing(
        id=key,
        kind=facts["loa_kind"],
        title=facts.get("title", ""),
        segment=facts.get("loa_segment") or None,
        slot=facts.get("loa_slot") or None,
        emergency=int(emergency) if emergency else None,
        sha256=facts.get("loa_sha256"),
        due_ms=int(facts["loa_due_ms"]),
        ends_ms=int(facts["loa_ends_ms"]),
        duration_ms=duration_ms,
        begun_ms=raw_ms - clock.ahead_ms,
        raw_ms=raw_ms,
        boot=clock.boot,
        running_ms=clock.moment().running_ms - (clock.moment().raw_ms - raw_ms),
        heard_ms=max(min(heard_ms, duration_ms), 1),
        state="over",
        why="joined" if offset > 0 else "stopped",
    )


def quoted(text: str) -> str:
    """As a string of Liquidsoap's language, in which #{ begins an expression, and nothing undoes that."""
    first, *others = text.split("#{")
    parts = [
        first + "#" * bool(others),
        *("{" + other + "#" for other in others[:-1]),
        *("{" + last for last in others[-1:]),
    ]
    words = " ^ ".join(json.dumps(part, ensure_ascii=False) for part in parts)
    return f"({words})" if others else words
