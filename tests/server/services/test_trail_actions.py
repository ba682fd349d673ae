"""Nothing that changes what is kept goes without an entry, and no entry without words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import server
from server.services import station_changes
from server.services.action_words import action_words, known_actions
from server.texts import in_language

ROOM = Path(server.__file__).parent
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# What is written with a place in it, and what comes there.
PLACES = {
    "segment.{action}": (
        *("overruled", "kept", "discarded", "submitted", "approved", "returned", "released"),
        *("confirmed", "disputed", "restored"),
    ),
    "segment.{state}": ("held", "rejected", "draft", "submitted"),
    "station.{state}": station_changes.STATES,
    "upload.{state}": ("terminated", "expired"),
}
# Whose secrets they are, and what becomes of them.
PLACES_OF_MACHINES = [
    f"{kind}.{what}" for kind in ("token", "key", "feed") for what in ("issued", "rotated", "revoked")
]
# Handed to a function of the module's own, or kept under a name.
HANDED_ON = {"account.disabled", "account.enabled", "segment.withdrawn"}
# What earlier versions recorded.
OF_OLD = {"segment.ready", "segment.passed"}
# Functions that write and record nothing, and why that is right.
QUIET = {
    "sessions.seen": "when a session was last heard of, once a minute: not a change anybody decided on",
    "sessions.end": "signing out is recorded by who calls it",
    "credentials.used": "when a token was last used, as above",
    "deliveries.note_sent": "a file that went out to its last byte is a row of its own, with its time, that is never taken back",
    "uploads.hand_over": "intake, which it calls next, records the recording that came of it",
    "stored_arrivals._count": "bytes that arrived: a count in the upload's own row, whose announcement is recorded",
    "stored_arrivals.take_back": "as above",
    "stored_arrivals.forget": "as above",
    "installation_secret.require_same_secret": "a mark that the installation knows itself by, made once",
    "uploads._prolong": "a sender that goes on has its time again; the announcement is recorded",
    "mail._sent": "a letter that arrived: what it is about is recorded by who wrote it",
    "export_cache.keep": "a copy of what the published plan gives, which anybody may make again",
    "ingest.discard": "takes back what was never anybody's",
    "version_steps.done": "a step on the way to the verdict, which is recorded",
    "version_steps.note_trouble": "trouble of the machine is in the version's timeline and in the log",
    "version_steps.park": "as above",
    "version_steps._note_left": "as above",
    "version_steps._begin": "a step begins: in the version's timeline",
    "version_steps._write": "a figure of progress",
    "bundle_rendering.ask": "`errands.order`, which it calls, records it",
    "report_errands.order_report": "as above",
    "errand_work.begin": "who ordered it is recorded, and at its end what came of it: nothing is stored before",
    "errand_work.part": "as above",
    "errand_work.end": "as above",
    "errand_work._keep": "as above",
    "errand_work._note_alive": "as above",
    "errand_work.fail": "as above",
    "planning_runs.start": "a run stores nothing before its draft, which is recorded; who began it is in its row",
    "planning_runs.cancel": "as above: nothing was stored",
    "planning_work.end_run": "as above",
    "planning_work._begin": "as above",
    "planning_work.keep_instance": "what workers plan from, gone with the run",
    "intake_steps.identify": "the original gets its name, on the way to the verdict",
    "hearing.__call__": "a figure of progress",
    "hearing._leave": "a count that protects the next who listens",
    "hearing._done": "what was heard is recorded with the matches, just before",
    "reminder_answers._note_opened": "a reminder was looked at: a time in its own row, that is never taken back",
    "counted_tries.count": "a guess that is counted, to be borne or not; what is refused for it is recorded",
    "counted_tries.forgive": "who got in is recorded",
    "workflows.missing": "jobs that a kill took away are queued again",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("services", "jobs"):
        for path in sorted((ROOM / folder).glob("*.py")):
            yield path.stem, ast.parse(path.read_text("utf-8"))


def written_actions() -> set[str]:
    """All that is given as `action`, by name or as the text that a recording function gets."""
    found: set[str] = set()
    for _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                named = {word.arg: word.value for word in node.keywords}
                name = ast.unparse(node.func).rpartition(".")[2]
                given = [named["action"]] if "action" in named else node.args if name in {"record", "_record"} else []
                found |= {text for each in given for text in texts_of(each)}
    return found


def texts_of(node: ast.expr) -> set[str]:
    """One, or either of two."""
    either = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return {text for each in either if (text := text_of(each)) is not None}


def text_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACTION.fullmatch(node.value):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value) + "}"  # type: ignore[attr-defined]  # the two parts there are
            for part in node.values
        )
    return None


def test_every_action_that_is_recorded_has_words_in_both_languages() -> None:
    written = written_actions()
    actions = {action for action in written if "{" not in action}
    for form in written - actions:
        actions |= {f"{form.partition('{')[0]}{state}" for state in PLACES.get(form, ())}
        assert form in PLACES or form.startswith("{_SUBJECTS["), form
    actions |= {*PLACES_OF_MACHINES, *HANDED_ON}
    assert len(actions) > 20
    assert actions - known_actions().keys() == set()
    assert [action for action in actions if action_words(action) == action] == []
    with in_language("en"):
        assert [action for action in actions if not action_words(action).isascii()] == []


def test_words_are_there_for_what_is_recorded_alone() -> None:
    written = written_actions()
    actions = {f"{form.partition('{')[0]}{state}" for form in PLACES if form in written for state in PLACES[form]}
    assert known_actions().keys() - written - actions - {*PLACES_OF_MACHINES, *HANDED_ON, *OF_OLD} == set()


def test_every_function_that_writes_leaves_an_entry_or_says_why_not() -> None:
    silent = set()
    for module, tree in modules():
        functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        for name, function in functions.items():
            if writes(function) and not records(function, functions, set()):
                silent.add(f"{module}.{name}")
    assert silent == QUIET.keys()


def writes(function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith("database.write") for node in ast.walk(function)
    )


def records(function: ast.AST, functions: dict[str, ast.AST], seen: set[str]) -> bool:
    """Itself, or by what it calls of its own module."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in RECORDING:
            return True
        if called in functions and called not in seen and records(functions[called], functions, seen | {called}):
            return True
    return False


# `record` itself, and what other modules do under somebody's transaction with a record of it.
RECORDING = {
    "record",
    "conclude_as",
    "publish_draft",
    "end_in",
    "remove_from",
    "store_new",
    "revoke_row",
    "set_password",
}


@pytest.mark.parametrize("action", ["", "nothing.known", "segment.added\n", "‹x›"])
def test_an_action_without_words_is_shown_as_it_is(action: str) -> None:
    assert action_words(action) == action
