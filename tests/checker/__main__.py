"""`python -m tests.checker INSTANCE.json PLAN.json`"""

import json
import sys
from pathlib import Path

from tests.checker.judge import Report, check


def lines(report: Report) -> list[str]:
    found = [f"break {b.code} {b.station} {b.slot}: {b.why}" for b in report.breaks]
    found += [
        f"difference {d.about} {' '.join(d.where)}: stated {d.stated}, counted {d.counted}" for d in report.differences
    ]
    found += [
        f"short {v.station} {v.rule}: {v.planned_ms} of {v.required_ms} ms, {v.short_ms} short"
        for v in report.verdicts.values()
        if v.short_ms
    ]
    found += [f"missed {segment} {station}: {n}" for (segment, station), n in sorted(report.missed.items())]
    found += [f"conflict {slot} {code}" for slot, code in sorted(report.conflicts)]
    found += [f"changed though it breaks nothing: {station} {slot}" for station, slot in report.sound_changed]
    found.append(
        f"{len(report.breaks)} breaks, {len(report.differences)} differences; "
        f"shortfall {report.shortfall_ms} ms, must-airs missed {sum(report.missed.values())}, "
        f"conflicts {len(report.conflicts)}, mean of the wishes {report.mean_cost:.6f}, "
        f"uncovered {report.uncovered:.6f}"
    )
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write("python -m tests.checker INSTANCE.json PLAN.json\n")
        return 2
    instance, plan = (json.loads(Path(name).read_bytes()) for name in arguments)
    report = check(instance, plan)
    sys.stdout.write("\n".join(lines(report)) + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
