"""The demo brand's staff sign in, also where an older release has seeded them."""

from pathlib import Path

from sqlalchemy import delete, select, update

from cli import demo_sign_in
from cli.audit import INVARIANTS
from cli.banner import OwnServers, WaysIn, banner
from cli.door import Door
from cli.seed import fill, let_staff_in
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.staff.credentials import is_right, problems_of_password, problems_of_pin
from domain.staff.models import StaffMember, StaffStore
from domain.stores.models import Place
from sandbox.brand.seeding import Wish
from sandbox.engines.home import Home
from tests import make
from tests.make import NOON

SMALL = Wish(products=3, members=3)


async def stores_by_login(database: Database) -> dict[str, str]:
    """The code of the store of each of the demo staff who work in one."""
    async with database.writes() as session:
        rows = await session.execute(
            select(StaffMember.login, Place.code)
            .join(StaffStore, StaffStore.staff_id == StaffMember.id)
            .join(Place, Place.id == StaffStore.store_id)
        )
        return {row.login: row.code for row in rows}


async def hashes(database: Database) -> set[tuple[str | None, str | None]]:
    """What is kept of passwords and PINs."""
    async with database.writes() as session:
        rows = await session.execute(select(StaffMember.password_hash, StaffMember.pin_hash))
        return {(row.password_hash, row.pin_hash) for row in rows}


async def test_all_of_them_sign_in_with_what_the_folder_keeps(database: Database, tmp_path: Path):
    await fill(database, SMALL, at=NOON)
    await let_staff_in(database, tmp_path, is_new=True)
    kept = demo_sign_in.kept(tmp_path)
    assert kept
    ((password, pin),) = await hashes(database)
    assert is_right(kept.password, password)
    assert is_right(kept.pin, pin)
    stores = await stores_by_login(database)
    assert len(stores) == 20
    assert stores["guide.st-hz.yuguang.3"] == "ST-HZ"
    async with database.writes() as session:
        for invariant in INVARIANTS:
            assert [row async for row in violations(session, invariant)] == [], invariant.name
    await let_staff_in(database, tmp_path, is_new=False)
    assert await hashes(database) == {(password, pin)}


async def test_a_mall_of_an_older_release_gets_its_sign_in(database: Database, tmp_path: Path):
    await fill(database, SMALL, at=NOON)
    async with database.writes.begin() as session:
        await session.execute(delete(StaffStore))
        own = StaffMember(id=make.an_id(), login="mine", name="我", role="owner", created_at=NOON)
        session.add(own)
    await let_staff_in(database, tmp_path, is_new=False)
    assert len(await stores_by_login(database)) == 20
    async with database.writes() as session:
        assert (await session.get_one(StaffMember, own.id)).password_hash is None


async def test_a_mall_without_demo_staff_gets_nothing(database: Database, tmp_path: Path):
    await let_staff_in(database, tmp_path, is_new=False)
    assert demo_sign_in.kept(tmp_path) is None


async def test_who_was_moved_or_promoted_stays_so(database: Database, tmp_path: Path):
    await fill(database, SMALL, at=NOON)
    async with database.writes.begin() as session:
        guide = (
            await session.scalars(
                select(StaffMember).where(StaffMember.login == "guide.st-sh.yuguang.1")
            )
        ).one()
        await session.execute(delete(StaffStore).where(StaffStore.staff_id == guide.id))
        await session.execute(
            update(StaffMember).where(StaffMember.id == guide.id).values(role="operator")
        )
    await let_staff_in(database, tmp_path, is_new=False)
    assert "guide.st-sh.yuguang.1" not in await stores_by_login(database)


def test_what_is_made_is_not_easy_to_guess_and_only_its_owner_reads_it(tmp_path: Path):
    made = {demo_sign_in.made() for _ in range(50)}
    assert len(made) == 50
    for each in made:
        assert not [*problems_of_password(each.password, "owner"), *problems_of_pin(each.pin)]
    one = made.pop()
    demo_sign_in.keep(tmp_path, one)
    assert demo_sign_in.kept(tmp_path) == one
    assert demo_sign_in.file_of(tmp_path).stat().st_mode & 0o777 == 0o600
    demo_sign_in.forget(tmp_path)
    assert demo_sign_in.kept(tmp_path) is None


def test_the_banner_tells_a_sign_in_that_works(tmp_path: Path):
    sign_in = demo_sign_in.made()
    told = banner(
        Door("127.0.0.1", 8000),
        Home(tmp_path),
        None,
        OwnServers(None, None),
        WaysIn(sign_in=sign_in),
    )
    for word in ("owner.yuguang", sign_in.password, sign_in.pin, str(tmp_path / "demo-sign-in")):
        assert word in told
