"""Who may do what: people's accounts, the roles they hold, their sessions, and the secrets of machines.

Of every secret only a hash is kept: passwords by Argon2id, all that is long and random by SHA-256. Dates are half-open
and local, as in `server.db.registry`.
"""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class Account(SQLModel, table=True):
    """A person in an organisation. Never deleted, since the trail names it: one that has left is disabled."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("state in ('active', 'disabled')", name="state"),)

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    name: str
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    email: str | None = None
    password_hash: str | None = None  # None: nobody can sign in by a password yet
    password_set_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_secret: str | None = None  # encrypted with a key that lies outside the database
    totp_last_step: int | None = None  # a code counts once
    oidc_subject: str | None = Field(default=None, unique=True)  # issuer and subject
    state: str = "active"
    sample: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class RecoveryCode(SQLModel, table=True):
    """Stands in for the second factor once."""

    __tablename__ = "recovery_code"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    secret_hash: str = Field(unique=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RoleGrant(SQLModel, table=True):
    """A role that somebody holds in an organisation, for a period, over a unit or a topic and all below it."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(
            "role in ('administrator', 'monitor', 'planner', 'lead', 'producer', 'operator', 'auditor')", name="role"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    role: str
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    topic_id: int | None = Field(default=None, foreign_key="topic.id", index=True)
    valid_from: date | None = None
    valid_to: date | None = None
    granted_at: datetime = Field(sa_type=UtcDateTime)
    granted_by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class LoginSession(SQLModel, table=True):
    """`seen_at` is written at most once a minute."""

    __tablename__ = "login_session"

    id: int | None = Field(default=None, primary_key=True)
    secret_hash: str = Field(unique=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    address: str
    agent: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OneTimeLink(SQLModel, table=True):
    """first: makes the first administrator; invite and reset: sets a password."""

    __tablename__ = "one_time_link"
    __table_args__ = (CheckConstraint("purpose in ('first', 'invite', 'reset')", name="purpose"),)

    id: int | None = Field(default=None, primary_key=True)
    secret_hash: str = Field(unique=True)
    purpose: str
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Credential(SQLModel, table=True):
    """What a machine shows instead of a person: a station's token, a script's key, the private address of a feed.

    station: `station_id`. key: `organisation_id`, `rights`, perhaps `unit_id`. feed: `what` it is a calendar of, for
    its owner, an account or a station.
    """

    __tablename__ = "credential"
    __table_args__ = (CheckConstraint("kind in ('station', 'key', 'feed')", name="kind"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    secret_hash: str = Field(unique=True)
    hint: str  # its last letters, to tell one from another
    name: str
    station_id: int | None = Field(default=None, foreign_key="station.id", index=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    rights: list[str] | None = Field(default=None, sa_column=Column(JSON))
    what: dict[str, str] | None = Field(default=None, sa_column=Column(JSON))
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_by: str | None = None
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_address: str | None = None


class OutgoingMail(SQLModel, table=True):
    """A letter on its way, kept until a server took it; `key` keeps one from being sent twice."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (UniqueConstraint("key"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str
    address: str
    subject: str
    body: str
    queued_at: datetime = Field(sa_type=UtcDateTime)
    next_try_at: datetime = Field(sa_type=UtcDateTime, index=True)
    tries: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failure: str | None = None


class SavedView(SQLModel, table=True):
    """A way of looking at the month of the province that somebody named: `query` is what the page's address says after
    the question mark, the same for every month.
    """

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    name: str
    query: str
    saved_at: datetime = Field(sa_type=UtcDateTime)


class CountedTry(SQLModel, table=True):
    """A secret was tried, or a letter asked for: `what` is a hash of whose. Forgotten after an hour."""

    __tablename__ = "counted_try"
    __table_args__ = (Index(None, "what", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    what: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
