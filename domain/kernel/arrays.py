"""Many rows in one statement: arrays that PostgreSQL reads side by side as a table.

The text of such a statement is the same for any number of rows, so it is compiled and prepared
once; with VALUES it would be another statement for each number.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, TableValuedAlias, bindparam, column, func
from sqlalchemy.types import TypeEngine


def rows_of(
    name: str, **columns: tuple[TypeEngine[Any] | type[TypeEngine[Any]], Sequence[object]]
) -> TableValuedAlias:
    """The rows that stand side by side in lists of one length, as a table of that name.

    Each column is its type and its values. ``position`` counts the rows from 1.
    """
    arrays = [
        bindparam(None, list(values), type_=ARRAY(kind), unique=True)
        for kind, values in columns.values()
    ]
    typed = [column(each, kind) for each, (kind, _) in columns.items()]
    told = func.unnest(*arrays).table_valued(*typed, with_ordinality="position", name=name)
    return told.render_derived()
