"""Results as JSON beside the benchmarks, each run a file of its own."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def write_report(name: str, found: dict[str, object]) -> None:
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    report = {"at": now.isoformat(), "python": platform.python_version(), "cores": os.cpu_count(), **found}
    (RESULTS / f"{name}-{now:%Y%m%dT%H%M%SZ}.json").write_text(json.dumps(report, indent=1, ensure_ascii=False))
