"""click, speaking the user's language: its headings and its complaints come from our catalogue."""

import re
from importlib import import_module
from typing import Any

import click

from server.texts import _


class LoaCommand(click.Command):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{"options_metavar": _("[TÙY CHỌN]"), **named})
        for parameter in self.params:
            if isinstance(parameter, click.Option) and parameter.metavar is None and not parameter.is_flag:
                parameter.metavar = _value_word(parameter.type)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=_("Cách dùng: "))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self._write(formatter, _("Tùy chọn"), self._records(ctx))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("In phần trợ giúp này.")
        return option

    def _records(self, ctx: click.Context) -> list[tuple[str, str]]:
        return [record for parameter in self.get_params(ctx) if (record := _record(parameter, ctx)) is not None]

    @staticmethod
    def _write(formatter: click.HelpFormatter, heading: str, records: list[tuple[str, str]]) -> None:
        if records:
            with formatter.section(heading):
                formatter.write_dl(records)


def _value_word(kind: click.ParamType[Any]) -> str | None:
    """What stands for an option's value; None where click tells the values themselves."""
    if isinstance(kind, click.Choice):
        return None
    if isinstance(kind, click.DateTime):
        return _("NGÀY_GIỜ") if any("%H" in form for form in kind.formats) else _("NGÀY")
    if isinstance(kind, click.Path):
        return _("ĐƯỜNG_DẪN")
    return _("SỐ") if kind.name.startswith(("integer", "float")) else _("CHỮ")


def _record(parameter: click.Parameter, ctx: click.Context) -> tuple[str, str] | None:
    """As click has it, with its marks in the user's language."""
    record = parameter.get_help_record(ctx)
    if record is None or not isinstance(parameter, click.Option):
        return record
    extra = parameter.get_help_extra(ctx)
    marks = [_("mặc định: {value}", value=extra["default"])] if "default" in extra else []
    marks += [extra["range"]] if "range" in extra else []
    marks += [_("bắt buộc")] if "required" in extra else []
    return record[0], f"{parameter.help or ''}  [{'; '.join(marks)}]" if marks else record[1]


class LoaGroup(LoaCommand, click.Group):
    """A group whose commands are imported when asked for, so that `loa` starts fast.

    `lazy` maps a command's name to where it is, "module:attribute".
    """

    command_class = LoaCommand
    group_class = type

    def __init__(self, *arguments: Any, lazy: dict[str, str] | None = None, **named: Any) -> None:
        super().__init__(*arguments, **{"subcommand_metavar": _("LỆNH …"), **named})
        self._lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._lazy:
            module, attribute = self._lazy[cmd_name].split(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        return super().get_command(ctx, cmd_name)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        self._write(
            formatter,
            _("Lệnh"),
            [
                (name, command.get_short_help_str(limit=160))
                for name, command in commands
                if command and not command.hidden
            ],
        )
        super().format_options(ctx, formatter)


def complaint(error: click.ClickException) -> str:
    """What click found wrong with the words of the command, as a sentence."""
    if isinstance(error, click.BadParameter):
        return _of_a_value(error)
    if isinstance(error, click.NoSuchOption | click.BadOptionUsage):
        return _of_an_option(error)
    if isinstance(error, click.UsageError) and "unexpected extra argument" in error.message:
        return _("Lệnh có thừa từ. Xem cách viết bằng: {command} --help", command=_command(error))
    if isinstance(error, click.UsageError) and error.message == "Missing command.":
        return _("Thiếu lệnh. Xem các lệnh bằng: {command} --help", command=_command(error))
    if isinstance(error, click.UsageError) and error.ctx is not None and isinstance(error.ctx.command, click.Group):
        known = ", ".join(error.ctx.command.list_commands(error.ctx))
        return _("Không có lệnh này. Các lệnh: {known}.", known=known)
    return _("Lệnh viết chưa đúng: {message}", message=error.format_message())


def _of_a_value(error: click.BadParameter) -> str:
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return _("Thiếu {parameter}.", parameter=_named(error.param, of_options=0))
    parameter = _named(error.param) if error.param is not None else str(error.param_hint or "")
    return _("{parameter}: giá trị không dùng được. {why}", parameter=parameter, why=_why(error))


def _of_an_option(error: click.NoSuchOption | click.BadOptionUsage) -> str:
    if isinstance(error, click.NoSuchOption):
        return _("Không có tùy chọn {option}.", option=error.option_name)
    if "does not take" in error.message:
        return _("Tùy chọn {option} không kèm giá trị.", option=error.option_name)
    return _("Tùy chọn {option} cần kèm một giá trị.", option=error.option_name)


def _command(error: click.UsageError) -> str:
    return error.ctx.command_path if error.ctx is not None else "loa"


def _named(parameter: click.Parameter, *, of_options: int = -1) -> str:
    """As it is typed: an option by one of its names, anything else by the word that the help has for it."""
    if isinstance(parameter, click.Option):
        return parameter.opts[of_options]
    return parameter.human_readable_name.upper()


def _why(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return _("Hãy chọn một trong: {choices}.", choices=", ".join(str(choice) for choice in kind.choices))
    if isinstance(kind, click.DateTime):
        return _why_moment(kind)
    if isinstance(kind, click.IntRange | click.FloatRange):
        return _why_number(kind)
    if kind is not None and kind.name in {"integer", "float"}:
        return _("Cần một số nguyên.") if kind.name == "integer" else _("Cần một số.")
    return _why_path(error.message) if isinstance(kind, click.Path) else error.message


def _why_moment(kind: click.DateTime) -> str:
    if any("%H" in form for form in kind.formats):
        return _("Cần ngày và giờ, ví dụ 2026-12-05T08:00 hoặc 2026-12-05T08:00+07:00.")
    return _("Cần ngày dạng NĂM-THÁNG-NGÀY, ví dụ 2026-12-05.")


def _why_number(kind: click.IntRange | click.FloatRange) -> str:
    least, most = kind.min, kind.max
    if least is None or most is None:
        return _("Cần một số từ {least} trở lên.", least=least or 0)
    if kind.min_open:
        return _("Cần một số lớn hơn {least}, nhiều nhất {most}.", least=least, most=most)
    return _("Cần một số từ {least} đến {most}.", least=least, most=most)


def _why_path(message: str) -> str:
    """By the end of click's own sentence, which names the path."""
    found = re.fullmatch(r"\S+ (.+) (does not exist|is a file|is a directory|is not \w+)\.", message)
    if found is None:
        return message
    path, fault = found[1].strip("'\""), found[2]
    match fault:
        case "does not exist":
            return _("Không có {path}.", path=path)
        case "is a file":
            return _("{path} là tệp; cần một thư mục.", path=path)
        case "is a directory":
            return _("{path} là thư mục; cần một tệp.", path=path)
        case _other:
            return _("Không có quyền dùng {path}.", path=path)
