"""Invariants that no constraint can hold, proven over the whole database in bounded memory."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from domain.kernel.db import WriteSession

_ROWS_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must be true, and the rows for which it is not."""

    name: str
    sentence: str
    violations: Select[*tuple[Any, ...]]


async def violations(
    session: WriteSession, invariant: Invariant
) -> AsyncGenerator[dict[str, object]]:
    """Each row that breaks the invariant, by column; read by a cursor, a thousand at a time."""
    rows = await session.stream(
        invariant.violations, execution_options={"yield_per": _ROWS_AT_A_TIME}
    )
    async for row in rows.mappings():
        yield dict(row)
