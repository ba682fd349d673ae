"""What the station's program refuses. Each class carries a stable code and its facts; `server.answers.station` makes
the sentence. `server` is the address that was asked.
"""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(kw_only=True, eq=False)
class StationRefusal(Exception):
    code: ClassVar[str]

    @property
    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return f"{self.code} {self.facts}"


@dataclass(kw_only=True, eq=False)
class StationSettingsMissing(StationRefusal):
    code = "station.settings.missing"
    looked: list[str]


@dataclass(kw_only=True, eq=False)
class StationSettingsUnreadable(StationRefusal):
    code = "station.settings.unreadable"
    path: str
    reason: str


@dataclass(kw_only=True, eq=False)
class StationSettingBad(StationRefusal):
    """`name` as it is written in the file, with its table: sync.night."""

    code = "station.settings.bad"
    path: str
    name: str
    value: str
    expected: str


@dataclass(kw_only=True, eq=False)
class StationSettingUnknown(StationRefusal):
    code = "station.settings.unknown"
    path: str
    name: str
    nearest: str


@dataclass(kw_only=True, eq=False)
class StationSettingsThere(StationRefusal):
    """A file of settings that is there is not written over."""

    code = "station.settings.there"
    path: str


@dataclass(kw_only=True, eq=False)
class ServerUnreachable(StationRefusal):
    code = "station.server.unreachable"
    server: str
    reason: str


@dataclass(kw_only=True, eq=False)
class ServerNotTrusted(StationRefusal):
    """Its certificate is not good, for another reason than its dates."""

    code = "station.server.not_trusted"
    server: str
    reason: str


@dataclass(kw_only=True, eq=False)
class CertificateOutOfDate(StationRefusal):
    """By this machine's clock, `now`, the certificate is not valid yet, or not any more (`over`)."""

    code = "station.server.certificate_dates"
    server: str
    now: str
    over: bool


@dataclass(kw_only=True, eq=False)
class NotLoa(StationRefusal):
    """Something on the way answered in the server's place: a sign-in page of the network, a proxy."""

    code = "station.server.not_loa"
    server: str
    status: int
    media_type: str


@dataclass(kw_only=True, eq=False)
class ServerMoved(StationRefusal):
    """A redirection is not followed: the token would go where nobody said that it may."""

    code = "station.server.moved"
    server: str
    to: str


@dataclass(kw_only=True, eq=False)
class ProxyWantsSignIn(StationRefusal):
    code = "station.server.proxy"
    server: str


@dataclass(kw_only=True, eq=False)
class TokenRefused(StationRefusal):
    code = "station.token.refused"
    server: str
    station: str


@dataclass(kw_only=True, eq=False)
class TokenOfAnother(StationRefusal):
    code = "station.token.of_another"
    server: str
    station: str


@dataclass(kw_only=True, eq=False)
class StationNotKnown(StationRefusal):
    code = "station.not_known"
    server: str
    station: str


@dataclass(kw_only=True, eq=False)
class ServerOlder(StationRefusal):
    """It does not know an address that this program asks for."""

    code = "station.server.older"
    server: str
    address: str


@dataclass(kw_only=True, eq=False)
class AnswerNotUnderstood(StationRefusal):
    """It is a Loa, and says what this program does not know."""

    code = "station.server.not_understood"
    server: str
    address: str
    reason: str


@dataclass(kw_only=True, eq=False)
class ServerBusy(StationRefusal):
    code = "station.server.busy"
    server: str
    seconds: int | None


@dataclass(kw_only=True, eq=False)
class ServerFailed(StationRefusal):
    """`reason` is the server's own word, its code."""

    code = "station.server.failed"
    server: str
    status: int
    reason: str


@dataclass(kw_only=True, eq=False)
class SignedByAnother(StationRefusal):
    """Names of keys: the first 16 hex digits of the SHA-256 of each."""

    code = "station.manifest.signed_by_another"
    server: str
    found: str
    pinned: str


@dataclass(kw_only=True, eq=False)
class SealBroken(StationRefusal):
    """It was changed on its way, or on the disk: its digest or its signature is another."""

    code = "station.manifest.seal_broken"
    where: str


@dataclass(kw_only=True, eq=False)
class ManifestOfAnother(StationRefusal):
    code = "station.manifest.of_another"
    found: str
    wanted: str


@dataclass(kw_only=True, eq=False)
class FolderUnwritable(StationRefusal):
    code = "station.folder.unwritable"
    path: str
    reason: str


@dataclass(kw_only=True, eq=False)
class FolderFull(StationRefusal):
    """Bytes: `wanted` for the file, `free` on the disk, `reserve` that is left to others."""

    code = "station.folder.full"
    path: str
    wanted: int
    free: int
    reserve: int


@dataclass(kw_only=True, eq=False)
class FolderBusy(StationRefusal):
    """Another process of this program is fetching into it."""

    code = "station.folder.busy"
    path: str


@dataclass(kw_only=True, eq=False)
class DownloadBroken(StationRefusal):
    """A file that did not come whole in all tries; `reason` tells the last one, in words."""

    code = "station.download.broken"
    title: str
    tries: int
    reason: str


@dataclass(kw_only=True, eq=False)
class FilesLacking(StationRefusal):
    """After all that could be done: `needed` is when the first of them is to be aired, "" where that is not known."""

    code = "station.files.lacking"
    count: int
    needed: str
    reason: str


@dataclass(kw_only=True, eq=False)
class PartNotInstalled(StationRefusal):
    """`extra` of the package brings what the command needs."""

    code = "station.part_missing"
    command: str
    extra: str


# Asking again later may help: the file that was on its way is gone on with.
LineRefusal = ServerUnreachable | NotLoa | ServerMoved | ServerBusy | ServerFailed | SealBroken | DownloadBroken
LINE_REFUSALS: tuple[type[LineRefusal], ...] = (
    ServerUnreachable,
    NotLoa,
    ServerMoved,
    ServerBusy,
    ServerFailed,
    SealBroken,
    DownloadBroken,
)
