"""proof: what was aired and heard, closed months, reports, reminders (forward only)"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns
from server.db.guards import refuse

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Whose rows are evidence, or were handed out over a signature.
NEVER_CHANGED = (
    "as_run_batch",
    "as_run_entry",
    "verdict_note",
    "month_closing",
    "closed_figure",
    "report",
    "report_file",
)


def upgrade() -> None:
    op.create_table(
        "as_run_batch",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("said_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("received_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("lines", server.db.columns.WholeNumber, nullable=False),
        sa.Column("new", server.db.columns.WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_as_run_batch")),
    )
    with op.batch_alter_table("as_run_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_as_run_batch_received_at"), ["received_at"], unique=False)

    op.create_table(
        "month_closing",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", server.db.columns.WholeNumber, nullable=False),
        sa.Column("closed_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("as_of", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revision", server.db.columns.WholeNumber, nullable=True),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("entries", server.db.columns.WholeNumber, nullable=False),
        sa.Column("entries_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("figures", server.db.columns.WholeNumber, nullable=False),
        sa.Column("figures_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_closing")),
        sa.UniqueConstraint("month", "number", name=op.f("uq_month_closing_month_number")),
    )
    op.create_table(
        "report",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("period", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("scope", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("closing_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("made_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["month_closing.id"], name=op.f("fk_report_closing_id_month_closing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("code", name=op.f("uq_report_code")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_closing_id"), ["closing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_period"), ["period"], unique=False)

    op.create_table(
        "closed_figure",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("closing_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("rule", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("station", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("station_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["month_closing.id"], name=op.f("fk_closed_figure_closing_id_month_closing")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_closed_figure_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_figure")),
        sa.UniqueConstraint(
            "closing_id", "station_id", "rule", name=op.f("uq_closed_figure_closing_id_station_id_rule")
        ),
    )
    with op.batch_alter_table("closed_figure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_closed_figure_closing_id"), ["closing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_closed_figure_station_id"), ["station_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("how", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("how in ('sent', 'verified')", name=op.f("ck_delivery_how")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_delivery_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("station_id", "sha256", name=op.f("uq_delivery_station_id_sha256")),
    )
    op.create_table(
        "recording",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", server.db.columns.WholeNumber, nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sent_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sent_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("begins_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("length_ms", server.db.columns.WholeNumber, nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("progress", server.db.columns.WholeNumber, nullable=False),
        sa.Column("trouble", sa.JSON(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("peaks", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'hearing', 'heard', 'refused')", name=op.f("ck_recording_state")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_recording_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
    )
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_month"), ["month"], unique=False)
        batch_op.create_index(batch_op.f("ix_recording_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_recording_station_id"), ["station_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("channel", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("made_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sent_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tries", server.db.columns.WholeNumber, nullable=False),
        sa.Column("next_try_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failure", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("opened_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("channel in ('page', 'email', 'webhook', 'letter')", name=op.f("ck_reminder_channel")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_reminder_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_month"), ["month"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_next_try_at"), ["next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_station_id"), ["station_id"], unique=False)

    op.create_table(
        "report_file",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("report_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("format", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_file_report_id_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_file")),
        sa.UniqueConstraint("report_id", "format", name=op.f("uq_report_file_report_id_format")),
    )
    with op.batch_alter_table("report_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_file_report_id"), ["report_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_file_sha256"), ["sha256"], unique=False)

    op.create_table(
        "report_template",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("put_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("put_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_template")),
    )
    op.create_table(
        "verdict_note",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("said_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_verdict_note_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict_note")),
    )
    with op.batch_alter_table("verdict_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verdict_note_month"), ["month"], unique=False)
        batch_op.create_index(batch_op.f("ix_verdict_note_station_id"), ["station_id"], unique=False)

    op.create_table(
        "webhook",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("secret", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("made_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ended_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_webhook_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    with op.batch_alter_table("webhook", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_station_id"), ["station_id"], unique=False)

    op.create_table(
        "as_run_entry",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("uid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("batch_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("grade", server.db.columns.WholeNumber, nullable=False),
        sa.Column("aired", sa.Boolean(), nullable=False),
        sa.Column("slot", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("segment", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("starts_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", server.db.columns.WholeNumber, nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("corrects", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("made_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("received_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("said_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recording_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("covers_from", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("covers_to", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("amends", sa.Boolean(), nullable=False),
        sa.Column("judged", sa.Boolean(), nullable=False),
        sa.CheckConstraint("duration_ms is null or duration_ms >= 0", name=op.f("ck_as_run_entry_duration_ms")),
        sa.CheckConstraint("grade between 2 and 4", name=op.f("ck_as_run_entry_grade")),
        sa.ForeignKeyConstraint(["batch_id"], ["as_run_batch.id"], name=op.f("fk_as_run_entry_batch_id_as_run_batch")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_as_run_entry_recording_id_recording")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_as_run_entry_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_as_run_entry")),
        sa.UniqueConstraint("station_id", "uid", name=op.f("uq_as_run_entry_station_id_uid")),
    )
    with op.batch_alter_table("as_run_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_as_run_entry_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index("ix_as_run_entry_month_station_id", ["month", "station_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_as_run_entry_recording_id"), ["recording_id"], unique=False)

    op.create_table(
        "recording_match",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("recording_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("segment", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("slot", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("start_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("end_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("heard_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("speed", sa.Float(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("decided_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("entry_uid", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.CheckConstraint("state in ('proposed', 'confirmed', 'dismissed')", name=op.f("ck_recording_match_state")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_recording_match_recording_id_recording")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_match")),
    )
    with op.batch_alter_table("recording_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_match_recording_id"), ["recording_id"], unique=False)

    # added in place: what is there refers to it
    op.add_column(
        "campaign", sa.Column("counts_from", server.db.columns.WholeNumber, nullable=False, server_default="2")
    )
    op.add_column("campaign", sa.Column("tolerances", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("campaign", sa.Column("heard_from", sa.Float(), nullable=False, server_default="2.0"))
    for table in NEVER_CHANGED:
        for verb, told in (("UPDATE", "never change"), ("DELETE", "are never deleted")):
            refuse(table, verb, f"{table} rows {told}")
