"""How well known segments are heard in recordings of the air, and what it costs.

Recordings are put together from the sample's spoken recordings (synthetic speech of three voices): two of 13 segments
aired whole, one after the other, and one of cut, late and interrupted airings. Each goes through every degradation of
`tests.degraded`. Two recordings are kept back as what is said between, and as the other voice.

An absent comparison is one candidate that is not there, whole or a piece of 30 s of it, against five minutes of a
recording. Start and end are those of airings without an interruption or cut at that end; the length is of all others.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from media.ffmpeg import Ffmpeg
from media.hearing import Heard, hear
from media.recordings import RecordedAir, fingerprint_recording
from tests.benchmarks.report import write_report
from tests.degraded import OUT_OF_REACH, TUNED_ON, UNSEEN, Degradation
from tests.media.airs import Air, Aired, Library

VOICE, BETWEEN = 21, 23
_KEYS = [key for key in range(28) if key not in {VOICE, BETWEEN}]
_HALVES = (_KEYS[0::2], _KEYS[1::2])
_PIECE_BYTES = 4 * 220
_CANDIDATES = 300
_LEAST_ABSENT = 10_000
LIMIT_RATIO = 2.0
LIMIT_MB = 400
# What a day may take beyond an hour.
LIMIT_GROWTH_MB = 60

Row = dict[str, object]


class Tally:
    """What one degradation did to all recordings."""

    def __init__(self) -> None:
        self.whole = self.found = self.cut = self.cut_found = self.false = self.absent = 0
        self.places: list[float] = []
        self.lengths: list[float] = []
        self.speeds: list[float] = []
        self.errors: list[float] = []

    def add(self, other: "Tally") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def take(self, heard: list[Heard], aired: list[Aired], degradation: Degradation) -> None:
        left = list(heard)
        for true in aired:
            start, end, length = (value / degradation.speed for value in (true.start, true.end, true.heard))
            mine = [
                one for one in left if one.key == true.key and one.start_ms < end * 1000 and one.end_ms > start * 1000
            ]
            left = [one for one in left if one not in mine]
            self.whole += true.whole
            self.found += true.whole and bool(mine)
            self.cut += not true.whole
            self.cut_found += not true.whole and bool(mine)
            if not mine:
                continue
            if true.whole:
                self.places += [abs(mine[0].start_ms / 1000 - start), abs(mine[-1].end_ms / 1000 - end)]
                self.speeds.append(abs(mine[0].speed - degradation.speed))
            else:
                self.lengths.append(abs(sum(one.heard_ms for one in mine) / 1000 - length))
            self.errors += [one.bit_error for one in mine]
        self.false += len([one for one in left if one.key not in {VOICE, BETWEEN}])


def run() -> list[Row]:
    """Rows for the table. The whole, a line for each degradation, is written beside it as JSON and Markdown."""
    ffmpeg = Ffmpeg.find(None)
    library = Library(ffmpeg.executable)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        airs = [*(_whole(library, half) for half in _HALVES), _cut(library)]
        sounds = [air.write(folder / f"air-{number}.wav") for number, air in enumerate(airs)]
        every = TUNED_ON | UNSEEN | OUT_OF_REACH

        def through(name: str) -> Tally:
            tally = Tally()
            for number, (air, sound) in enumerate(zip(airs, sounds, strict=True)):
                place = folder / f"{list(every).index(name)}-{number}"
                degraded = place.with_suffix(".wav")
                every[name].apply(ffmpeg.executable, sound, library.paths[VOICE], degraded)
                recorded = fingerprint_recording(ffmpeg, degraded, scratch=place)
                degraded.unlink()
                tally.add(_heard_through(library, air, recorded, every[name]))
            return tally

        with ThreadPoolExecutor(2) as workers:
            tallies = dict(zip(every, workers.map(through, every), strict=True))
        table = _table(tallies)
        sys.stderr.write(table)
        write_report("hearing", {"table": table})
        return [
            *_rows("degraded", [tallies[name] for name in TUNED_ON]),
            *_rows("unseen degradations", [tallies[name] for name in UNSEEN]),
            *_alarms(list(tallies.values())),
            _row("undegraded: worst start or end", max(tallies["as it was"].places), "s", 0.5, "at most"),
            *_costs(ffmpeg, library, sounds, folder),
        ]


def _rows(title: str, tallies: list[Tally]) -> list[Row]:
    every = Tally()
    for tally in tallies:
        every.add(tally)
    return [
        _row(f"{title}: whole airings found, of {every.whole}", every.found / every.whole, "", 0.99, "at least"),
        _row(f"{title}: cut airings found, of {every.cut}", every.cut_found / every.cut, "", 0.95, "at least"),
        _row(f"{title}: worst start or end", max(every.places), "s", 2, "at most"),
        _row(f"{title}: lengths of cut airings within 2 s", _share(every.lengths, 2), "", 0.97, "at least"),
        _row(f"{title}: worst length of a cut airing", max(every.lengths), "s", 5, "at most"),
        _row(f"{title}: speeds within 0.1 %", _share(every.speeds, 0.00101), "", 0.99, "at least"),
        _row(f"{title}: worst speed", 100 * max(every.speeds), "%", 0.2, "at most"),
    ]


def _share(values: list[float], within: float) -> float:
    return sum(value <= within for value in values) / len(values)


def _alarms(tallies: list[Tally]) -> list[Row]:
    false, absent = sum(tally.false for tally in tallies), sum(tally.absent for tally in tallies)
    return [
        _row("absent comparisons", absent, "", _LEAST_ABSENT, "at least"),
        _row("false alarms in them", false, "", 0, "at most"),
    ]


def _row(name: str, value: float, unit: str, limit: float, sense: str) -> Row:
    return {"name": name, "value": round(value, 4), "unit": unit, "limit": limit, "sense": sense}


def _table(tallies: dict[str, Tally]) -> str:
    lines = [
        "| through | whole airings found | cut ones found | start, end: median / worst | cut length: median / worst | speed: worst | bit errors | false alarms |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, tally in tallies.items():
        mark = " (unseen)" if name in UNSEEN else " (out of reach)" if name in OUT_OF_REACH else ""
        lines.append(
            f"| {name}{mark} | {tally.found} of {tally.whole} | {tally.cut_found} of {tally.cut} | {_spread(tally.places)} "
            f"| {_spread(tally.lengths)} | {100 * max(tally.speeds, default=0):.2f} % "
            f"| {statistics.mean(tally.errors or [0]):.2f} | {tally.false} in {tally.absent:,} |"
        )
    return "\n".join(lines) + "\n"


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} / {max(values):.2f} s" if values else "–"


def _whole(library: Library, keys: Iterable[int]) -> Air:
    air = Air(library, [BETWEEN])
    for number, key in enumerate(keys):
        air.other(6 + number % 3)
        air.air(key)
        air.silence(1.5 + 0.37 * number)
    return air


def _cut(library: Library) -> Air:
    air = Air(library, [BETWEEN])
    for number, key in enumerate(_KEYS[3::2]):
        air.other(9 + 1.3 * number)
        match number % 5:
            case 0:
                air.air(key, lacking=30 + 2.7 * number)
            case 1:
                air.air(key, begin=20 + 3.1 * number)
            case 2:
                air.air(key, begin=11.4, lacking=14.9)
            case 3:
                air.interrupted(key, at=28.3, seconds=17, goes_on=True)
            case 4:
                air.interrupted(key, at=31.7, seconds=13, goes_on=False)
    air.other(10)
    return air


def _heard_through(library: Library, air: Air, recorded: RecordedAir, degradation: Degradation) -> Tally:
    tally = Tally()
    tally.take(hear(recorded.fingerprint, library.candidates()), air.aired, degradation)
    absent = _absent(library, {one.key for one in air.aired})
    tally.false += len(hear(recorded.fingerprint, absent))
    tally.absent = round(len(absent) * recorded.duration_ms / 300_000)
    return tally


def _absent(library: Library, present: set[int]) -> list[tuple[int, bytes]]:
    """Everything that is not there, whole and in pieces of 30 s."""
    gone = [library.prints[key] for key in _KEYS if key not in present]
    pieces = [
        whole[first : first + _PIECE_BYTES]
        for whole in gone
        for first in range(0, len(whole) - _PIECE_BYTES, _PIECE_BYTES)
    ]
    return list(enumerate([*gone, *pieces]))


def _costs(ffmpeg: Ffmpeg, library: Library, sounds: list[Path], folder: Path) -> list[Row]:
    hour = folder / "hour.mp3"
    inputs = [word for sound in sounds[:2] for word in ("-i", str(sound))]
    graph = "[0:a][1:a][0:a]concat=n=3:v=0:a=1,aresample=44100"
    _command(ffmpeg, *inputs, "-filter_complex", graph, "-t", "3600", "-b:a", "128k", str(hour))
    candidates = _made(library)

    def ours() -> list[Heard]:
        return hear(fingerprint_recording(ffmpeg, hour, scratch=folder / "scratch").fingerprint, candidates)

    def bare() -> None:
        _command(
            ffmpeg,
            "-i",
            str(hour),
            "-ac",
            "1",
            "-ar",
            "16000",
            "-f",
            "chromaprint",
            "-fp_format",
            "raw",
            str(folder / "bare"),
        )

    # What is compiled once is paid for by a run that does not count.
    hear(library.prints[0], candidates[:1])
    pairs = [(_seconds(ours), _seconds(bare)) for _ in range(3)]
    day = folder / "day.mp3"
    _command(ffmpeg, "-stream_loop", "23", "-i", str(hour), "-c", "copy", "-t", "86400", str(day))
    memory = {path: _peak_mb(path, folder) for path in (hour, day)}
    title = f"1 h against {_CANDIDATES} segments"
    return [
        {
            **_row(
                title,
                statistics.median(mine / theirs for mine, theirs in pairs),
                "× bare ffmpeg",
                LIMIT_RATIO,
                "at most",
            ),
            "ratio_of": f"{statistics.median(p[0] for p in pairs):.1f} s / {statistics.median(p[1] for p in pairs):.1f} s",
        },
        _row("24 h: peak memory of the process", memory[day], "MB", LIMIT_MB, "at most"),
        _row("24 h: more than for 1 h", memory[day] - memory[hour], "MB", LIMIT_GROWTH_MB, "at most"),
    ]


def _made(library: Library) -> list[tuple[int, bytes]]:
    """The sample's, and more of 1 to 6 minutes that sound nowhere: its items backwards, in stretches of 5 to 30 s."""
    random = np.random.default_rng(8)
    items = np.concatenate([np.frombuffer(one, "<u4") for one in library.prints])[::-1]
    made = library.candidates()
    while len(made) < _CANDIDATES:
        length, parts = int(random.integers(470, 2_900)), []
        while sum(map(len, parts)) < length:
            first = int(random.integers(0, len(items) - 240))
            parts.append(items[first : first + int(random.integers(40, 240))])
        made.append((len(made), np.concatenate(parts)[:length].tobytes()))
    return made


def _peak_mb(path: Path, folder: Path) -> float:
    """Of a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.hearing", "memory", str(path), str(folder / "scratch")]
    return float(json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["mb"])


def _memory(path: Path, scratch: Path) -> None:
    ffmpeg = Ffmpeg.find(None)
    library = Library(ffmpeg.executable)
    hear(fingerprint_recording(ffmpeg, path, scratch=scratch).fingerprint, library.candidates())
    # Not getrusage's: that begins with the peak of whoever started this process.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    sys.stdout.write(json.dumps({"mb": round(int(peak.split()[1]) / 1024, 1)}))


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def _command(ffmpeg: Ffmpeg, *arguments: str) -> None:
    subprocess.run([ffmpeg.executable, "-v", "error", "-nostdin", "-y", *arguments], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        _memory(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        for row in run():
            print(row)  # noqa: T201 - started by hand
