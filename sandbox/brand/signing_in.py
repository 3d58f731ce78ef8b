"""Lets the demo brand's staff sign in, also those of a mall that an older release has seeded."""

import re

from sqlalchemy import insert, select, update

from domain.kernel.actors import STORE_ROLES
from domain.kernel.db import WriteSession
from domain.staff.credentials import hashed
from domain.staff.models import StaffMember, StaffStore
from domain.stores.models import Place
from sandbox.brand.numbering import bounds

_STORE = re.compile(r"(?:manager|guide)\.([a-z0-9-]+)\.yuguang(?:\.[0-9]+)?")
_IS_DEMO = StaffMember.id.between(*bounds())


def hashes_of(password: str, pin: str) -> dict[str, str]:
    """What is kept of both: hashed once for all, which takes 60 ms; before a transaction."""
    return {"password_hash": hashed(password), "pin_hash": hashed(pin)}


async def let_in(session: WriteSession, hashes: dict[str, str]) -> int:
    """Give all of the demo staff one password and one PIN, in the place of any; how many there are.

    Those who work in stores and have none get the one that their login names.
    """
    given = (
        update(StaffMember)
        .where(_IS_DEMO)
        .values(
            **hashes,
            is_password_temporary=False,
            password_failures=0,
            password_locked_until=None,
            pin_failures=0,
            pin_locked_until=None,
        )
        .returning(StaffMember.id)
    )
    count = len((await session.scalars(given)).all())
    await send_to_stores(session)
    return count


async def send_to_stores(session: WriteSession) -> None:
    """Let those of the demo staff who work in stores, and in none yet, work where they should."""
    known = {code.lower(): key for key, code in await session.execute(select(Place.id, Place.code))}
    placed = select(StaffStore.staff_id)
    unplaced = select(StaffMember.id, StaffMember.login).where(
        _IS_DEMO, StaffMember.role.in_(sorted(STORE_ROLES)), StaffMember.id.not_in(placed)
    )
    rows = [
        {"staff_id": key, "store_id": known[match[1]]}
        for key, login in await session.execute(unplaced)
        if (match := _STORE.fullmatch(login)) and match[1] in known
    ]
    if rows:
        await session.execute(insert(StaffStore), rows)
