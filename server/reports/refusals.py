"""What the documents' room refuses."""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(kw_only=True, eq=False)
class ReportRefusal(Exception):
    """A refusal: `code` is stable and names what is wrong, the fields are its facts; the sentence is made elsewhere."""

    code: ClassVar[str]

    @property
    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return f"{self.code} {self.facts}"


@dataclass(kw_only=True, eq=False)
class FontsMissing(ReportRefusal):
    """The letters that documents are set in were not fetched when Loa was set up."""

    code = "report.fonts_missing"
    folder: str
    missing: list[str]


@dataclass(kw_only=True, eq=False)
class TemplateUnreadable(ReportRefusal):
    """Not a Word document at all: `reason` is `not_word`, `damaged`, or `macros`."""

    code = "template.unreadable"
    reason: str


@dataclass(kw_only=True, eq=False)
class TemplateTooLarge(ReportRefusal):
    """`what` is `packed`, `unpacked` (bytes) or `parts`."""

    code = "template.too_large"
    what: str
    found: int
    limit: int


@dataclass(kw_only=True, eq=False)
class TemplateReachesOut(ReportRefusal):
    """Opening the document would fetch `target`, a thing outside it, on the machine of whoever opens it."""

    code = "template.reaches_out"
    target: str


@dataclass(kw_only=True, eq=False)
class TemplateBroken(ReportRefusal):
    """A field that can't be filled. `kind` is `unknown` (no such field), `syntax` or `forbidden`.

    `field` is the field, or the piece that can't be read; `place` is the paragraph that it stands in, as text.
    """

    code = "template.broken"
    kind: str
    field: str
    place: str
