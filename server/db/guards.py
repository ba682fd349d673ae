"""By what the database itself refuses: triggers and checks, written for either kind of database by the migrations."""

from alembic import op
from alembic.operations import BatchOperations


def refuse(table: str, verb: str, message: str, condition: str | None = None) -> None:
    """Before each row of that INSERT, UPDATE or DELETE; `condition` may name OLD and NEW and ask other tables."""
    name = f"{table}_{verb.lower()}_refused"
    if op.get_bind().dialect.name == "sqlite":
        when = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{message}'); END")
        return
    # A condition of PostgreSQL's triggers asks no other tables: the function does.
    true = "TRUE" if condition in {None, "1"} else condition
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {true} THEN "
        f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"RETURN {'OLD' if verb == 'DELETE' else 'NEW'}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    if verb == "DELETE" and true == "TRUE":
        # It would take all rows away without asking a trigger of rows.
        op.execute(
            f"CREATE TRIGGER {table}_truncate_refused BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def allow(table: str, verb: str) -> None:
    """Takes such a trigger away."""
    name = f"{table}_{verb.lower()}_refused"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute(f"DROP FUNCTION {name}() CASCADE")


def check_again(batch: BatchOperations, table: str, name: str, condition: str) -> None:
    """A check of a table that is changed: SQLite builds the table anew without its checks, which nobody can read there."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    batch.create_check_constraint(op.f(name), condition)
