"""What a command prints: tables for people, JSON for scripts, progress for the patient. Progress goes to stderr."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from server.formats import short_length_in_words
from server.texts import _

STATUS_SIGNS = {"met": "✓", "not_met": "✕", "none": "·"}

as_json = click.option("--json", "json_wanted", is_flag=True, help=_("In ra JSON cho chương trình khác đọc."))


def print_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: Sequence[int] = ()
) -> None:
    """Columns whose index is in `numeric` are aligned to the right."""
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_safe(cell) for cell in row))
    console().print(table)


def console() -> Console:
    # Wide when piped: a table cut to 80 columns loses what a script or a pager would show.
    width = None if sys.stdout.isatty() else 160
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


def note(text: str) -> None:
    """A line for the person at the terminal, apart from what the command prints; where it can't be told, work goes on."""
    with suppress(OSError):
        click.echo(text, err=True)


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[..., None]]:
    """Gives a function (done, all) that moves the bar; of planning, whose parts are stations, also what is short so
    far, in milliseconds."""
    terminal = Console(file=sys.stderr, markup=False, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[far]}"), TimeElapsedColumn())
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as progress:
        task = progress.add_task(description, total=None, far="")

        def move(done: int, all_: int, short_ms: int | None = None) -> None:
            progress.update(task, completed=done, total=all_, far=_how_far(done, all_, short_ms))

        yield move


def _how_far(done: int, all_: int, short_ms: int | None) -> str:
    if short_ms is None:
        return f"{done}/{all_}"
    if not short_ms:
        return _("{done}/{all} đài, chưa thiếu", done=done, all=all_)
    return _("{done}/{all} đài, thiếu {short}", done=done, all=all_, short=short_length_in_words(short_ms))


def _safe(cell: str) -> str:
    """Control characters in a title must not move the terminal's cursor."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in cell)
