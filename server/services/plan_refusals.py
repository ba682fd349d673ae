"""What is refused of changes by hand, beyond what a change itself breaks."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class NothingToUndo(ServiceRefusal):
    """The change is not the station's last one any more, or its slot is not as that change left it; nothing was stored."""

    code = "plan.nothing_to_undo"
    month: str
    station: str
