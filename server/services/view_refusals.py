"""What is refused of named ways of looking at a month."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class TooManyViews(ServiceRefusal):
    """Somebody who has `most` named views already wants one more."""

    code = "views.too_many"
    most: int


@dataclass(kw_only=True, eq=False)
class ViewUnknown(ServiceRefusal):
    """None of the views of who asks has this number."""

    code = "views.unknown"
    number: int
