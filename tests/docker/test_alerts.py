"""The alerts name figures that there are, and mean by trouble what the status page means by it."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.api.metrics import CountedThreads, Metrics
from server.api.shared_metrics import told
from server.services import status
from server.services.arrivals import RESERVE
from server.services.certificates import expires_at
from tests.server.services.measured import MEASURES

RULES = Path(__file__).parents[2] / "docker/alerts.yaml"
# Prometheus' own.
OWN = {"up"}
FUNCTIONS = {"sum", "min", "max", "by", "rate", "delta", "abs", "time", "and", "or", "predict_linear"}


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, Any]]:
    found = yaml.safe_load(RULES.read_text())
    return {rule["alert"]: rule for group in found["groups"] for rule in group["rules"]}


def test_each_alert_is_about_figures_that_are_told(rules: dict[str, dict[str, Any]]) -> None:
    metrics = Metrics(certificate_ends=lambda: expires_at(RULES))
    metrics.threads = CountedThreads(1, "tests")
    metrics.began()
    metrics.ended("GET", "/", 200, 0.1, 10)
    from prometheus_client import generate_latest

    exported = set(
        re.findall(r"^([a-z_]+)[ {]", (generate_latest(metrics.registry) + told(MEASURES)).decode(), re.MULTILINE)
    )
    for name, rule in rules.items():
        bare = re.sub(r'\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\bby \([a-z]+\)', " ", rule["expr"])
        named = set(re.findall(r"\b[a-z][a-z_]+\b", bare)) - FUNCTIONS
        assert named, name
        assert named - exported - OWN == set(), name


def test_each_alert_says_how_bad_it_is_and_what_it_means(rules: dict[str, dict[str, Any]]) -> None:
    for name, rule in rules.items():
        assert rule["labels"]["severity"] in {"warning", "critical"}, name
        assert len(rule["annotations"]["summary"]) > 10, name
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, name


@pytest.mark.parametrize(
    ("alert", "limit"),
    [
        ("LoaDiskLow", status.LOW_DISK),
        ("LoaDiskFull", RESERVE),
        ("LoaLoopLagging", status.SLOW_LOOP_S),
        ("LoaCertificateEnding", status.SHORT_CERTIFICATE),
        ("LoaClockOff", status.CLOCK_OFF),
        ("LoaBackupOld", status.OLD_BACKUP),
        ("LoaBackupMissing", status.NO_BACKUP),
        ("LoaQueueSlow", status.SLOW_QUEUE),
        ("LoaQueueStuck", status.STUCK_QUEUE),
        ("LoaErrandStuck", status.STUCK_QUEUE),
        ("LoaHearingSlow", status.LONG_UNHEARD),
        ("LoaUnjudged", status.LONG_UNJUDGED),
        ("LoaUnclosed", status.LONG_UNCLOSED),
    ],
)
def test_its_limit_is_the_status_pages(rules: dict[str, dict[str, Any]], alert: str, limit: timedelta | float) -> None:
    said = re.split(r" (?:>=|<=|<|>|==) ", rules[alert]["expr"])[-1]
    value = 1.0
    for factor in said.split(" * "):
        value *= float(factor)
    assert value == (limit.total_seconds() if isinstance(limit, timedelta) else limit)


def test_few_connections_mean_the_same(rules: dict[str, dict[str, Any]]) -> None:
    assert f">= {status.BUSY_SERVER} *" in rules["LoaConnectionsFew"]["expr"]
