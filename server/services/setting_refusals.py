"""What is refused of settings, before anything is done with them."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class UnknownSetting(ServiceRefusal):
    """`nearest` is the known name that it is most like, "" where it is like none; `where` is the file, "" the environment."""

    code = "setting.unknown"
    name: str
    nearest: str
    where: str


@dataclass(kw_only=True, eq=False)
class SettingTwice(ServiceRefusal):
    """A secret was given itself, and in a file of its own."""

    code = "setting.twice"
    name: str
    other: str


@dataclass(kw_only=True, eq=False)
class SettingsFileUnreadable(ServiceRefusal):
    """`line` is counted from 1; 0: the file can't be read at all."""

    code = "setting.file_unreadable"
    path: str
    line: int
    reason: str


@dataclass(kw_only=True, eq=False)
class UnsafeSettings(ServiceRefusal):
    """The service is to be reached by others; `problems` are all that forbid it, each with its mend."""

    code = "setting.unsafe"
    problems: list[str]


@dataclass(kw_only=True, eq=False)
class CannotListen(ServiceRefusal):
    code = "setting.cannot_listen"
    address: str
    port: int
    reason: str
