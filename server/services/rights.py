"""The one table of who may do what. Handlers name the right they need; nothing else decides."""

from enum import StrEnum


class Right(StrEnum):
    """What a route can ask for. The first three are nobody's to give."""

    PUBLIC = "public"  # signing in, the description of the API, whether the service is well
    KNOWN = "known"  # who one is, for whoever shows a session, token or key that holds
    OWN = "own"  # one's own account, sessions and feed addresses
    REGISTRY_READ = "registry.read"
    MONTHS_READ = "months.read"  # plans, verdicts, explanations
    EXPORTS_PULL = "exports.pull"  # playlists, calendars, rendered programmes and their audio
    AUDIO_HEAR = "audio.hear"  # of segments that are reached, and of what is published for a station that is
    SEGMENTS_READ = "segments.read"
    SEGMENTS_SEND = "segments.send"  # upload, replace, keep, discard, hand in for vetting
    SEGMENTS_VET = "segments.vet"  # approve, return, overrule checks
    SEGMENTS_RELEASE = "segments.release"  # what is urgent, ahead of its review
    SEGMENTS_WITHDRAW = "segments.withdraw"
    PLANS_CHANGE = "plans.change"  # plan, change by hand, push, publish
    STATIONS_CHANGE = "stations.change"  # closed, reopened, dark for some hours
    CAMPAIGNS_CHANGE = "campaigns.change"
    ACCOUNTS_MANAGE = "accounts.manage"
    MACHINES_MANAGE = "machines.manage"  # station tokens, keys of scripts
    PLAYERS_PAIR = "players.pair"  # a station's token for the player in this browser
    AIRED_SAY = "aired.say"  # what a station aired, or did not: by page, log, device, recording
    AIRED_JUDGE = "aired.judge"  # what was heard, what is doubtful; notes beside verdicts
    STATIONS_URGE = "stations.urge"  # reminders and official letters
    REPORTS_MAKE = "reports.make"  # and their templates
    MONTHS_CLOSE = "months.close"
    AUDIT_READ = "audit.read"
    METRICS_READ = "metrics.read"  # how the service itself is


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    MONITOR = "monitor"
    PLANNER = "planner"
    LEAD = "lead"
    PRODUCER = "producer"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Reach(StrEnum):
    """How far a right of a role goes."""

    ALL = "all"
    UNITS = "units"  # stations of the grant's unit and all below it and what came of them; without a unit, all
    # Segments on what the grant's organisation leads (what nobody leads is every lead's), within the grant's topic.
    TOPICS = "topics"
    OWN = "own"  # segments of the grant's organisation
    WHOLE = "whole"  # everything, and only where nothing narrows the role: what it does reaches everywhere


R, A, U, T, O, W = Right, Reach.ALL, Reach.UNITS, Reach.TOPICS, Reach.OWN, Reach.WHOLE  # noqa: E741 (a table reads by its letters)

TABLE: dict[Role, dict[Right, Reach]] = {
    Role.ADMINISTRATOR: {
        R.REGISTRY_READ: A,
        R.AUDIO_HEAR: A,
        R.MONTHS_READ: U,
        R.EXPORTS_PULL: U,
        R.SEGMENTS_READ: A,
        R.STATIONS_CHANGE: U,
        R.ACCOUNTS_MANAGE: W,
        R.MACHINES_MANAGE: U,
        R.AUDIT_READ: W,
        R.METRICS_READ: W,
    },
    Role.MONITOR: {
        R.REGISTRY_READ: A,
        R.AUDIO_HEAR: A,
        R.MONTHS_READ: U,
        R.EXPORTS_PULL: U,
        R.SEGMENTS_READ: A,
        R.AIRED_SAY: U,
        R.AIRED_JUDGE: U,
        R.STATIONS_URGE: U,
        R.REPORTS_MAKE: W,
        R.MONTHS_CLOSE: W,
    },
    Role.PLANNER: {
        R.REGISTRY_READ: A,
        R.AUDIO_HEAR: A,
        R.MONTHS_READ: U,
        R.EXPORTS_PULL: U,
        R.SEGMENTS_READ: A,
        R.PLANS_CHANGE: U,
        R.STATIONS_CHANGE: U,
        R.CAMPAIGNS_CHANGE: W,
    },
    Role.LEAD: {
        R.REGISTRY_READ: A,
        R.AUDIO_HEAR: T,
        R.MONTHS_READ: U,
        R.SEGMENTS_READ: T,
        R.SEGMENTS_SEND: T,
        R.SEGMENTS_VET: T,
        R.SEGMENTS_RELEASE: T,
        R.SEGMENTS_WITHDRAW: T,
        R.REPORTS_MAKE: T,
    },
    Role.PRODUCER: {
        R.REGISTRY_READ: A,
        R.AUDIO_HEAR: O,
        R.SEGMENTS_READ: O,
        R.SEGMENTS_SEND: O,
        R.SEGMENTS_WITHDRAW: O,
    },
    Role.OPERATOR: {
        R.REGISTRY_READ: A,
        R.AUDIO_HEAR: U,
        R.MONTHS_READ: U,
        R.EXPORTS_PULL: U,
        R.PLAYERS_PAIR: U,
        R.AIRED_SAY: U,
    },
    Role.AUDITOR: {
        R.REGISTRY_READ: A,
        R.AUDIO_HEAR: A,
        R.MONTHS_READ: U,
        R.EXPORTS_PULL: U,
        R.SEGMENTS_READ: A,
        R.AUDIT_READ: W,
    },
}

# What a station's token may do, for its own station and nothing else.
STATION_RIGHTS = frozenset({Right.EXPORTS_PULL, Right.AUDIO_HEAR, Right.AIRED_SAY})
# What an administrator can choose for a script's key. Deciding on recordings and on people is left to people.
KEY_RIGHTS: dict[Right, Reach] = {
    R.REGISTRY_READ: A,
    R.MONTHS_READ: U,
    R.EXPORTS_PULL: U,
    R.AUDIO_HEAR: U,
    R.SEGMENTS_READ: A,
    R.SEGMENTS_SEND: O,
    R.SEGMENTS_WITHDRAW: O,
    R.PLANS_CHANGE: U,
    R.STATIONS_CHANGE: U,
    R.CAMPAIGNS_CHANGE: W,
    R.AIRED_SAY: U,
    R.AUDIT_READ: W,
}
