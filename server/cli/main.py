"""The command `loa`: reads settings, runs one command, turns refusals into one sentence and an exit status."""

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

import click

from server.texts import LANGUAGES, _, use_language, use_terminal

_OF_THE_SERVER = {
    "run": "server.cli.running:run",
    "serve": "server.cli.running:serve",
    "backup": "server.cli.backing_up:backup",
    "restore": "server.cli.backing_up:restore",
    "worker": "server.cli.running:worker",
    "doctor": "server.cli.running:doctor",
    "sample": "server.cli.running:sample",
    "plan": "server.cli.planning:plan",
    "check": "server.cli.planning:check",
    "export": "server.cli.exporting:export",
    "segments": "server.cli.library:segments",
    "vetting": "server.cli.vetting:vetting",
    "media": "server.cli.media:media",
    "months": "server.cli.months:months",
    "reports": "server.cli.reports:reports",
    "stations": "server.cli.registry:stations",
    "units": "server.cli.registry:units",
    "topics": "server.cli.registry:topics",
    "rules": "server.cli.registry:rules",
    "aired": "server.cli.aired:aired",
    "recordings": "server.cli.listening:recordings",
    "listen": "server.cli.listening:listen",
    "recalls": "server.cli.delivering:recalls",
    "emergencies": "server.cli.delivering:emergencies",
    "mail": "server.cli.mail:mail",
    "campaigns": "server.cli.campaigns:campaigns",
    "accounts": "server.cli.accounts:accounts",
    "audit": "server.cli.trail:audit",
    "settings": "server.cli.settings:settings_command",
    "tokens": "server.cli.machines:tokens",
    "keys": "server.cli.machines:keys",
}
_OF_THE_STATION = {"station": "server.station.commands:station"}
# A module of each part's own tells whether its packages are here.
_NEEDS = ((_OF_THE_SERVER, "litestar"), (_OF_THE_STATION, "httpx"))
_MISSING = "server.cli.part_missing:missing"


def build() -> click.Group:
    """Made after the language is known: help texts are part of it."""
    from server.cli.speaking import LoaGroup

    return LoaGroup(
        name="loa",
        help=_(
            "Loa lập lịch, giao, chứng minh và báo cáo thời lượng phát thanh của các đài huyện và xã.\n\n"
            "Bắt đầu bằng: loa run"
        ),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        lazy=_commands(),
        params=[
            click.Option(
                ["--version"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=_print_version,
                help=_("In phiên bản."),
            ),
        ],
    )


def _commands() -> dict[str, str]:
    """Where each command is; one whose part is not installed is still known, to say so."""
    return {
        name: place if _has(module) else _MISSING for commands, module in _NEEDS for name, place in commands.items()
    }


def _has(module: str) -> bool:
    return find_spec(module) is not None


def main(arguments: Sequence[str] | None = None) -> None:
    language = os.environ.get("LOA_LANG") or "vi"
    use_language(language if language in LANGUAGES else "vi")
    use_terminal()
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> int:
    from server.cli.speaking import complaint

    try:
        outcome = build().main(args=arguments, prog_name="loa", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        return _say(complaint(error), 2)
    except (click.Abort, KeyboardInterrupt):
        return _say(_("Đã dừng theo yêu cầu."), 130)
    except BrokenPipeError:
        # The reader of our output has left; nothing is wrong and nobody is listening.
        sys.stdout = None  # so that the interpreter does not complain at its end
        return 0
    except Exception as error:  # noqa: BLE001 (what is no refusal is raised on)
        return _say(*_refused(error))
    return outcome if isinstance(outcome, int) else 0


def _refused(error: Exception) -> tuple[str, int]:
    """The sentence and exit status for a refusal; anything else is a fault of ours and is raised on."""
    from server.station.refusals import StationRefusal

    if isinstance(error, StationRefusal):  # told without the server's rooms, which a station's machine does not have
        from server.answers.station import ANSWERS

        _http, status, sentence = ANSWERS[type(error)]
        return sentence(error), status
    if not _has("litestar"):
        raise error
    from server.errors import REFUSALS, answer, as_refusal

    refusal = as_refusal(error)
    if isinstance(refusal, REFUSALS):
        told = answer(refusal)
        return told.sentence, told.exit
    raise error


def _say(sentence: str, status: int) -> int:
    click.echo(_("Lỗi: {sentence}", sentence=sentence), err=True)
    return status


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"loa {version('loa')}")
        ctx.exit()
