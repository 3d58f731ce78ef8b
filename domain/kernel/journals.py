"""Journals: tables that are only ever added to. Each is declared as one beside its model."""

from sqlalchemy import Table

JOURNAL = {"journal": True}
"""Ends a journal's ``__table_args__``, as ``{"info": JOURNAL}``.

The application then gets no right to change or delete its rows. The migration that makes the
table also gives it the trigger that refuses the same to everybody; a test holds both together.
"""


def is_journal(table: Table) -> bool:
    """Whether rows of the table may be added and nothing else."""
    return bool(table.info.get("journal"))
