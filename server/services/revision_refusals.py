"""What is refused of a month's revisions and its draft."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class RevisionInForce(ServiceRefusal):
    """It is what is published already: there is nothing to come back to."""

    code = "plan.revision_in_force"
    month: str
    number: int


@dataclass(kw_only=True, eq=False)
class NothingToUndo(ServiceRefusal):
    """The last thing that was done to the draft is no change of one slot by hand."""

    code = "plan.nothing_to_undo"
    month: str


@dataclass(kw_only=True, eq=False)
class UndoOutdated(ServiceRefusal):
    """The change is not the station's last one any more, or its slot is not as that change left it."""

    code = "plan.undo_outdated"
    month: str
    station: str
