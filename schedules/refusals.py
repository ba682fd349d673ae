"""What the schedule refuses: every rule of this room that can say no says it with a class from here."""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(kw_only=True, eq=False)
class ScheduleRefusal(Exception):
    """A refusal: `code` is stable and names what is wrong, the fields are its facts; the sentence is made elsewhere."""

    code: ClassVar[str]

    @property
    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return f"{self.code} {self.facts}"
