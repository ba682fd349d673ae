"""What is refused of files on their way in."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class UnknownUpload(ServiceRefusal):
    code = "upload.unknown"
    upload: str


@dataclass(kw_only=True, eq=False)
class UploadGone(ServiceRefusal):
    """It was there once; `reason` is terminated (by its sender), expired, or lost (its file is not there any more)."""

    code = "upload.gone"
    upload: str
    reason: str


@dataclass(kw_only=True, eq=False)
class UploadTooLarge(ServiceRefusal):
    """More bytes are announced than this installation takes in one file."""

    code = "upload.too_large"
    size: int
    limit: int


@dataclass(kw_only=True, eq=False)
class UploadEmpty(ServiceRefusal):
    """No bytes are announced."""

    code = "upload.empty"


@dataclass(kw_only=True, eq=False)
class UploadsTooMany(ServiceRefusal):
    """So many files are announced and not whole that no further one is taken in now."""

    code = "upload.too_many"
    open: int
    limit: int


@dataclass(kw_only=True, eq=False)
class UploadTypeRefused(ServiceRefusal):
    """A file of that media type is not among those that are taken."""

    code = "upload.type"
    media_type: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class UploadNoRoom(ServiceRefusal):
    """The disk has no room for what is still to come; what came is kept, and the rest may be sent later."""

    code = "upload.no_room"
    needed: int
    free: int


@dataclass(kw_only=True, eq=False)
class UploadBusy(ServiceRefusal):
    """Another process is writing it."""

    code = "upload.busy"
    upload: str


@dataclass(kw_only=True, eq=False)
class UploadOffset(ServiceRefusal):
    """The bytes are sent for another place (`given`) than the one that is next (`offset`)."""

    code = "upload.offset"
    offset: int
    given: int


@dataclass(kw_only=True, eq=False)
class UploadOverrun(ServiceRefusal):
    """More is sent than was announced; nothing of that request is kept."""

    code = "upload.overrun"
    size: int
    sent: int


@dataclass(kw_only=True, eq=False)
class UploadChecksum(ServiceRefusal):
    """What came is not what was sent; nothing of that request is kept."""

    code = "upload.checksum"
    algorithm: str
    offset: int


@dataclass(kw_only=True, eq=False)
class UploadTakenOver(ServiceRefusal):
    """A newer request goes on with the same upload, so this one was ended; what came is kept, unless unverified."""

    code = "upload.taken_over"
    upload: str


@dataclass(kw_only=True, eq=False)
class UploadBrokenOff(ServiceRefusal):
    """The bytes stopped coming; what came is kept, unless unverified."""

    code = "upload.broken_off"
    upload: str
