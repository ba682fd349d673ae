"""What the description of the API says of tus: its headers are read by hand, so they are written down here."""

from dataclasses import dataclass
from typing import ClassVar

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Parameter, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat

from server.api.said import FIELDS

BYTES = "application/offset+octet-stream"
_VERSION = Schema(type=OpenAPIType.STRING, const="1.0.0")
_COUNT = Schema(type=OpenAPIType.INTEGER, minimum=0)
_TEXT = Schema(type=OpenAPIType.STRING)
_NAMES = ", ".join(("filename", "filetype", "segment", *FIELDS))


def _header(name: str, schema: Schema, description: str, *, required: bool = True) -> Parameter:
    return Parameter(name=name, param_in="header", required=required, schema=schema, description=description)


RESUMABLE = _header("Tus-Resumable", _VERSION, "The version of tus that is spoken")
LENGTH = _header("Upload-Length", _COUNT, "The size of the whole file in bytes")
METADATA = _header("Upload-Metadata", _TEXT, f"Pairs of a name and UTF-8 in base64, separated by commas: {_NAMES}")
OFFSET = _header("Upload-Offset", _COUNT, "The place of the first byte of the body in the file")
CHECKSUM = _header(
    "Upload-Checksum", _TEXT, "sha1 or sha256, a space, and the sum of the body in base64", required=False
)
OVERRIDE = _header(
    "X-HTTP-Method-Override", Schema(type=OpenAPIType.STRING, enum=["PATCH", "DELETE", "HEAD"]), "What is meant"
)


@dataclass
class TusOperation(Operation):
    """With the headers of tus, and a body of bytes where `carries` says that there is or may be one."""

    told: ClassVar[tuple[Parameter, ...]] = (RESUMABLE,)
    carries: ClassVar[bool | None] = None

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or ()), *self.told]
        if self.carries is not None:
            body = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
            self.request_body = RequestBody(required=self.carries, content={BYTES: body})


@dataclass
class AnnounceOperation(TusOperation):
    told: ClassVar[tuple[Parameter, ...]] = (RESUMABLE, LENGTH, METADATA, CHECKSUM)
    carries: ClassVar[bool | None] = False


@dataclass
class AppendOperation(TusOperation):
    told: ClassVar[tuple[Parameter, ...]] = (RESUMABLE, OFFSET, CHECKSUM)
    carries: ClassVar[bool | None] = True


@dataclass
class OverriddenOperation(TusOperation):
    told: ClassVar[tuple[Parameter, ...]] = (RESUMABLE, OVERRIDE)
    carries: ClassVar[bool | None] = False
