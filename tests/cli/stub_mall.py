"""A mall of stubs under the real supervisor: ``stub_mall.py HOME PORT``."""

import os
import sys
from pathlib import Path

from cli.door import Door
from cli.keeping import keep
from cli.supervisor import Plan

FOLDER = Path(__file__).parent


def plan(home: Path, port: int) -> Plan:
    """Return what ``mall run`` would do, with a stub for each of its commands."""

    def stub(name: str) -> tuple[str, ...]:
        return (sys.executable, "-I", "-S", str(FOLDER / "stub_child.py"), str(port), name)

    return Plan(
        home=home,
        door=Door("127.0.0.1", port),
        environment=os.environ,
        folder=FOLDER,
        migrate=stub("migrate"),
        seed=stub("seed"),
        api=stub("api"),
        worker=stub("worker"),
        database_url=os.environ.get("MALL_DATABASE_URL"),
        redis_url=os.environ.get("MALL_REDIS_URL"),
        wechat=stub("wechat") if "STUB_WECHAT" in os.environ else None,
        playground=stub("playground") if "STUB_PLAYGROUND" in os.environ else None,
    )


if __name__ == "__main__":
    keep(plan(Path(sys.argv[1]), int(sys.argv[2])))
