"""What is refused of bundles for USB sticks."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class BundleEmpty(ServiceRefusal):
    """The station has no slot in that month or week, or all that it was to air has been withdrawn."""

    code = "bundle.empty"
    station: str
    span: str


@dataclass(kw_only=True, eq=False)
class BundleSoundLost(ServiceRefusal):
    """The store has lost that sound, or has other bytes under its name (`damaged`); nothing was sent."""

    code = "bundle.sound_lost"
    title: str
    sha256: str
    damaged: bool


@dataclass(kw_only=True, eq=False)
class BundleBeingMade(ServiceRefusal):
    """Of `all` slots so many are `done`, each as one file; the rest is being made. To be asked again in `seconds`."""

    code = "bundle.being_made"
    station: str
    span: str
    done: int
    all: int
    seconds: int = 10
