"""first schema"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns
from server.db.guards import allow, refuse

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# What was published, and what was done, is never changed: the database itself refuses.
PUBLISHED_PLAN = (
    "SELECT 1 FROM plan_entry e JOIN plan_revision r ON r.id = e.revision_id "
    "WHERE r.status = 'published' AND e.month_plan_id = "
)
PUBLISHED_REVISION = "SELECT 1 FROM plan_revision r WHERE r.status = 'published' AND r.id = OLD.revision_id"
ENTERED_REVISION = PUBLISHED_REVISION.replace("OLD.", "NEW.")
REFUSED = (
    ("audit_entry", "UPDATE", "1", "audit entries never change"),
    ("audit_entry", "DELETE", "1", "audit entries are never deleted"),
    ("plan_revision", "UPDATE", "OLD.status = 'published'", "a published revision never changes"),
    ("plan_revision", "DELETE", "OLD.status = 'published'", "a published revision is never deleted"),
    ("plan_entry", "UPDATE", f"EXISTS ({PUBLISHED_REVISION})", "a published revision never changes"),
    ("plan_entry", "DELETE", f"EXISTS ({PUBLISHED_REVISION})", "a published revision never changes"),
    ("plan_entry", "INSERT", f"EXISTS ({ENTERED_REVISION})", "a published revision never changes"),
    ("month_plan", "UPDATE", "1", "a month plan never changes"),
    ("slot", "UPDATE", "1", "a month plan never changes"),
    ("slot", "DELETE", f"EXISTS ({PUBLISHED_PLAN} OLD.month_plan_id)", "a published revision never changes"),
    ("slot", "INSERT", f"EXISTS ({PUBLISHED_PLAN} NEW.month_plan_id)", "a published revision never changes"),
    ("slot_item", "UPDATE", "1", "a month plan never changes"),
    (
        "slot_item",
        "INSERT",
        f"EXISTS ({PUBLISHED_PLAN} (SELECT s.month_plan_id FROM slot s WHERE s.id = NEW.slot_id))",
        "a published revision never changes",
    ),
    (
        "slot_item",
        "DELETE",
        f"EXISTS ({PUBLISHED_PLAN} (SELECT s.month_plan_id FROM slot s WHERE s.id = OLD.slot_id))",
        "a published revision never changes",
    ),
    ("calendar_event", "DELETE", "1", "calendar events are cancelled, never deleted"),
)


def upgrade() -> None:
    op.create_table(
        "audio",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", server.db.columns.WholeNumber, nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("container", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("codec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("channels", server.db.columns.WholeNumber, nullable=False),
        sa.Column("sample_rate", server.db.columns.WholeNumber, nullable=False),
        sa.Column("decoded_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("cue_in_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("cue_out_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("duration_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("loudness_lufs", sa.Float(), nullable=False),
        sa.Column("loudness_range_lu", sa.Float(), nullable=False),
        sa.Column("true_peak_dbtp", sa.Float(), nullable=False),
        sa.Column("ingested_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audio")),
        sa.UniqueConstraint("sha256", name=op.f("uq_audio_sha256")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_subject"), ["subject"], unique=False)

    op.create_table(
        "fact",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("value", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fact")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("code", name=op.f("uq_organisation_code")),
    )
    op.create_table(
        "plan_revision",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", server.db.columns.WholeNumber, nullable=True),
        sa.Column("as_of", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(status = 'published') = (number is not null)",
            name=op.f("ck_plan_revision_number_when_published"),
        ),
        sa.CheckConstraint("status in ('draft', 'published')", name=op.f("ck_plan_revision_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_revision")),
        sa.UniqueConstraint("month", "number", name=op.f("uq_plan_revision_month_number")),
    )
    with op.batch_alter_table("plan_revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_revision_month"), ["month"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_table(
        "organisation_role",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("organisation_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_role_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_role")),
    )
    with op.batch_alter_table("organisation_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_role_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "programme_column",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("opening_audio_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("closing_audio_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("slot_min_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("slot_max_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("max_slots_per_day", server.db.columns.WholeNumber, nullable=False),
        sa.Column("separation_days", server.db.columns.WholeNumber, nullable=False),
        sa.Column("max_per_month", server.db.columns.WholeNumber, nullable=False),
        sa.ForeignKeyConstraint(
            ["closing_audio_id"], ["audio.id"], name=op.f("fk_programme_column_closing_audio_id_audio")
        ),
        sa.ForeignKeyConstraint(
            ["opening_audio_id"], ["audio.id"], name=op.f("fk_programme_column_opening_audio_id_audio")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_column")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_column_code")),
    )
    op.create_table(
        "rendition",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("audio_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", server.db.columns.WholeNumber, nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("duration_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("loudness_lufs", sa.Float(), nullable=False),
        sa.Column("true_peak_dbtp", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["audio_id"], ["audio.id"], name=op.f("fk_rendition_audio_id_audio")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
        sa.UniqueConstraint("audio_id", "kind", name=op.f("uq_rendition_audio_id_kind")),
    )
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rendition_audio_id"), ["audio_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rendition_sha256"), ["sha256"], unique=False)

    op.create_table(
        "station",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tier", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("unit_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("language_shares", sa.JSON(), nullable=False),
        sa.Column("technology", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("timezone", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("search", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sort_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("technology in ('wired', 'fm', 'both', 'ip')", name=op.f("ck_station_technology")),
        sa.CheckConstraint("tier in ('district', 'commune')", name=op.f("ck_station_tier")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_station_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
    )
    with op.batch_alter_table("station", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_station_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_station_search"), ["search"], unique=False)
        batch_op.create_index(batch_op.f("ix_station_tier"), ["tier"], unique=False)
        batch_op.create_index(batch_op.f("ix_station_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "topic",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("parent_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("lead_organisation_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("position", server.db.columns.WholeNumber, nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_organisation_id"],
            ["organisation.id"],
            name=op.f("fk_topic_lead_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["topic.id"], name=op.f("fk_topic_parent_id_topic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
        sa.UniqueConstraint("code", name=op.f("uq_topic_code")),
    )
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_lead_organisation_id"), ["lead_organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "unit_succession",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("old_unit_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("new_unit_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.CheckConstraint("kind in ('whole', 'split')", name=op.f("ck_unit_succession_kind")),
        sa.ForeignKeyConstraint(["new_unit_id"], ["unit.id"], name=op.f("fk_unit_succession_new_unit_id_unit")),
        sa.ForeignKeyConstraint(["old_unit_id"], ["unit.id"], name=op.f("fk_unit_succession_old_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_succession")),
        sa.UniqueConstraint("old_unit_id", "new_unit_id", name=op.f("uq_unit_succession_old_unit_id_new_unit_id")),
    )
    with op.batch_alter_table("unit_succession", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_succession_new_unit_id"), ["new_unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_succession_old_unit_id"), ["old_unit_id"], unique=False)

    op.create_table(
        "unit_version",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("unit_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("level", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("parent_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("search", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sort_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("level in ('province', 'district', 'commune')", name=op.f("ck_unit_version_level")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_version_parent_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_version_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_version")),
    )
    with op.batch_alter_table("unit_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_version_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_version_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_version_search"), ["search"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_version_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "airtime_rule",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("period", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("column_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("tier", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("unit_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("stations", sa.JSON(), nullable=True),
        sa.Column("repeats", sa.Boolean(), nullable=False),
        sa.Column("relayed", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=True),
        sa.Column("count_frame", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("legal_ground", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind = 'max' or period = 'month'", name=op.f("ck_airtime_rule_period_of_kind")),
        sa.CheckConstraint("kind in ('min', 'max', 'target')", name=op.f("ck_airtime_rule_kind")),
        sa.CheckConstraint("period in ('session', 'day', 'month')", name=op.f("ck_airtime_rule_period")),
        sa.CheckConstraint("ms >= 0", name=op.f("ck_airtime_rule_ms")),
        sa.ForeignKeyConstraint(
            ["column_id"], ["programme_column.id"], name=op.f("fk_airtime_rule_column_id_programme_column")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_airtime_rule_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_airtime_rule")),
        sa.UniqueConstraint("code", name=op.f("uq_airtime_rule_code")),
    )
    with op.batch_alter_table("airtime_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_airtime_rule_column_id"), ["column_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_airtime_rule_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "blackout",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("starts_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_blackout_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blackout")),
    )
    with op.batch_alter_table("blackout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blackout_station_id"), ["station_id"], unique=False)

    op.create_table(
        "broadcast_session",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("starts", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ends", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("relays_station_id", server.db.columns.WholeNumber, nullable=True),
        sa.ForeignKeyConstraint(
            ["relays_station_id"], ["station.id"], name=op.f("fk_broadcast_session_relays_station_id_station")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_broadcast_session_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_session")),
        sa.UniqueConstraint("station_id", "code", name=op.f("uq_broadcast_session_station_id_code")),
    )
    with op.batch_alter_table("broadcast_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broadcast_session_relays_station_id"), ["relays_station_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_broadcast_session_station_id"), ["station_id"], unique=False)

    op.create_table(
        "calendar_event",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sequence", server.db.columns.WholeNumber, nullable=False),
        sa.Column("created_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("modified_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("starts_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("length_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("column_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("relayed_from", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_calendar_event_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_event")),
        sa.UniqueConstraint("station_id", "key", name=op.f("uq_calendar_event_station_id_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_calendar_event_uid")),
    )
    with op.batch_alter_table("calendar_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_event_month"), ["month"], unique=False)
        batch_op.create_index(batch_op.f("ix_calendar_event_station_id"), ["station_id"], unique=False)

    op.create_table(
        "month_plan",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_month_plan_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_plan")),
        sa.UniqueConstraint("station_id", "month", "digest", name=op.f("uq_month_plan_station_id_month_digest")),
    )
    with op.batch_alter_table("month_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_month_plan_month"), ["month"], unique=False)
        batch_op.create_index(batch_op.f("ix_month_plan_station_id"), ["station_id"], unique=False)

    op.create_table(
        "segment",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("topic_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("column_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("producer_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("audio_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("priority", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("stations", sa.JSON(), nullable=True),
        sa.Column("tiers", sa.JSON(), nullable=True),
        sa.Column("separation_days", server.db.columns.WholeNumber, nullable=True),
        sa.Column("max_per_month", server.db.columns.WholeNumber, nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("withdrawn_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("search", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sort_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("priority in ('normal', 'priority', 'urgent')", name=op.f("ck_segment_priority")),
        sa.CheckConstraint("state in ('ready', 'withdrawn')", name=op.f("ck_segment_state")),
        sa.ForeignKeyConstraint(["audio_id"], ["audio.id"], name=op.f("fk_segment_audio_id_audio")),
        sa.ForeignKeyConstraint(
            ["column_id"], ["programme_column.id"], name=op.f("fk_segment_column_id_programme_column")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["organisation.id"], name=op.f("fk_segment_producer_id_organisation")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_segment_topic_id_topic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("code", name=op.f("uq_segment_code")),
    )
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segment_audio_id"), ["audio_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_column_id"), ["column_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_producer_id"), ["producer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_search"), ["search"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "station_state",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("state in ('working', 'broken', 'closed')", name=op.f("ck_station_state_state")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_station_state_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_state")),
    )
    with op.batch_alter_table("station_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_station_state_station_id"), ["station_id"], unique=False)

    op.create_table(
        "plan_entry",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("revision_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month_plan_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["month_plan_id"], ["month_plan.id"], name=op.f("fk_plan_entry_month_plan_id_month_plan")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["plan_revision.id"], name=op.f("fk_plan_entry_revision_id_plan_revision")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_plan_entry_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_entry")),
        sa.UniqueConstraint("revision_id", "station_id", name=op.f("uq_plan_entry_revision_id_station_id")),
    )
    with op.batch_alter_table("plan_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_entry_month_plan_id"), ["month_plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_entry_revision_id"), ["revision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_entry_station_id"), ["station_id"], unique=False)

    op.create_table(
        "session_exception",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("session_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("starts", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("ends", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["broadcast_session.id"],
            name=op.f("fk_session_exception_session_id_broadcast_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_exception")),
        sa.UniqueConstraint("session_id", "on_date", name=op.f("uq_session_exception_session_id_on_date")),
    )
    with op.batch_alter_table("session_exception", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_exception_session_id"), ["session_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month_plan_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("column_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("starts_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("length_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("relayed_from", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("opening_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("closing_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["column_id"], ["programme_column.id"], name=op.f("fk_slot_column_id_programme_column")
        ),
        sa.ForeignKeyConstraint(["month_plan_id"], ["month_plan.id"], name=op.f("fk_slot_month_plan_id_month_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("month_plan_id", "key", name=op.f("uq_slot_month_plan_id_key")),
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_month_plan_id"), ["month_plan_id"], unique=False)

    op.create_table(
        "slot_item",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("slot_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("position", server.db.columns.WholeNumber, nullable=False),
        sa.Column("segment_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("start_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("duration_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("rendition_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_slot_item_segment_id_segment")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_slot_item_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_item")),
        sa.UniqueConstraint("slot_id", "position", name=op.f("uq_slot_item_slot_id_position")),
    )
    with op.batch_alter_table("slot_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_item_segment_id"), ["segment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slot_item_slot_id"), ["slot_id"], unique=False)
    for table, verb, condition, message in REFUSED:
        refuse(table, verb, message, condition)
    if op.get_bind().dialect.name == "postgresql":
        # Where SQLite has a lock of its own for the one who writes, and counts commits: see `server.db.watching`.
        op.execute("CREATE TABLE commit_count (commits bigint NOT NULL)")
        op.execute("INSERT INTO commit_count VALUES (0)")


def downgrade() -> None:
    for table, verb, _, _ in REFUSED:
        allow(table, verb)
    with op.batch_alter_table("slot_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_item_slot_id"))
        batch_op.drop_index(batch_op.f("ix_slot_item_segment_id"))

    op.drop_table("slot_item")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_month_plan_id"))

    op.drop_table("slot")
    with op.batch_alter_table("session_exception", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_exception_session_id"))

    op.drop_table("session_exception")
    with op.batch_alter_table("plan_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_entry_station_id"))
        batch_op.drop_index(batch_op.f("ix_plan_entry_revision_id"))
        batch_op.drop_index(batch_op.f("ix_plan_entry_month_plan_id"))

    op.drop_table("plan_entry")
    with op.batch_alter_table("station_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_station_state_station_id"))

    op.drop_table("station_state")
    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segment_topic_id"))
        batch_op.drop_index(batch_op.f("ix_segment_search"))
        batch_op.drop_index(batch_op.f("ix_segment_producer_id"))
        batch_op.drop_index(batch_op.f("ix_segment_column_id"))
        batch_op.drop_index(batch_op.f("ix_segment_audio_id"))

    op.drop_table("segment")
    with op.batch_alter_table("month_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_month_plan_station_id"))
        batch_op.drop_index(batch_op.f("ix_month_plan_month"))

    op.drop_table("month_plan")
    with op.batch_alter_table("calendar_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_event_station_id"))
        batch_op.drop_index(batch_op.f("ix_calendar_event_month"))

    op.drop_table("calendar_event")
    with op.batch_alter_table("broadcast_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broadcast_session_station_id"))
        batch_op.drop_index(batch_op.f("ix_broadcast_session_relays_station_id"))

    op.drop_table("broadcast_session")
    with op.batch_alter_table("blackout", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blackout_station_id"))

    op.drop_table("blackout")
    with op.batch_alter_table("airtime_rule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_airtime_rule_unit_id"))
        batch_op.drop_index(batch_op.f("ix_airtime_rule_column_id"))

    op.drop_table("airtime_rule")
    with op.batch_alter_table("unit_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_version_unit_id"))
        batch_op.drop_index(batch_op.f("ix_unit_version_search"))
        batch_op.drop_index(batch_op.f("ix_unit_version_parent_id"))
        batch_op.drop_index(batch_op.f("ix_unit_version_code"))

    op.drop_table("unit_version")
    with op.batch_alter_table("unit_succession", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_succession_old_unit_id"))
        batch_op.drop_index(batch_op.f("ix_unit_succession_new_unit_id"))

    op.drop_table("unit_succession")
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_topic_parent_id"))
        batch_op.drop_index(batch_op.f("ix_topic_lead_organisation_id"))

    op.drop_table("topic")
    with op.batch_alter_table("station", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_station_unit_id"))
        batch_op.drop_index(batch_op.f("ix_station_tier"))
        batch_op.drop_index(batch_op.f("ix_station_search"))
        batch_op.drop_index(batch_op.f("ix_station_code"))

    op.drop_table("station")
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rendition_sha256"))
        batch_op.drop_index(batch_op.f("ix_rendition_audio_id"))

    op.drop_table("rendition")
    op.drop_table("programme_column")
    with op.batch_alter_table("organisation_role", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_role_organisation_id"))

    op.drop_table("organisation_role")
    op.drop_table("unit")
    with op.batch_alter_table("plan_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_revision_month"))

    op.drop_table("plan_revision")
    op.drop_table("organisation")
    op.drop_table("fact")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    op.drop_table("audio")
