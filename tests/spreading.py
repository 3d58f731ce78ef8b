"""How the tests are spread over processes: by module, and what takes long is begun first.

Tests of one module share what they make, and some modules share a mall or a browser. A process
has to run all of these, or each makes its own. pytest-xdist means ``--dist loadgroup`` for that,
but with pytest 9.2 it forgets its groups without a word (its issue 1386).
"""

from pathlib import Path

import pytest
from typing_extensions import override
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent.parent
LONG = (
    "tests/browser/",
    "tests/faults/",
    "tests/sandbox/",
    "tests/bench/test_bench.py",
    "tests/workers/",
    "tests/api/oauth/test_staff_lock_out.py",
    "tests/cli/test_real_mall.py",
    "tests/api/pads/test_pin.py",
    "tests/migrations/",
    "tests/bench/test_checkout_bench.py",
    "tests/bench/test_orders_bench.py",
    "tests/bench/test_points_bench.py",
    "tests/domain/points/test_machine.py",
    "tests/domain/kernel/test_failpoints.py",
    "tests/domain/payments/test_long_after.py",
    "tests/domain/reconciliation/test_comparing.py",
    "tests/domain/reports/test_sums.py",
    "tests/api/playground/test_catalogue.py",
    "tests/api/test_limits.py",
    "tests/api/test_health.py",
    "tests/api/orders/test_cart.py",
    "tests/api/oauth/test_standing.py",
    "tests/cli/test_run.py",
    "tests/api/sockets/test_npm_clients.py",
    "tests/cli/test_main.py",
    "tests/cli/test_processes.py",
    "tests/domain/aftersales/test_walks.py",
    "tests/bench/test_imports.py",
    "tests/domain/payments/test_returning.py",
    "tests/api/test_hostile.py",
    "tests/test_drill.py",
    "tests/cli/test_seed.py",
    "tests/cli/test_audit.py",
    "tests/domain/media/",
    "tests/domain/catalog/test_many_matches.py",
    "tests/test_production.py",
)
"""What takes long, the longest first; all in a folder is run by one process."""


def unit_of(nodeid: str) -> str:
    """Whatever has the same one is run by one process, in the order it stands in."""
    module = nodeid.partition("::")[0]
    return next((each for each in LONG if module.startswith(each)), module)


def place_of(nodeid: str) -> int:
    """Where the test stands among all: what ends soon comes last and fills what time is left."""
    unit = unit_of(nodeid)
    return LONG.index(unit) if unit in LONG else len(LONG)


class Spreading(LoadScopeScheduling):
    """Gives a process the next unit when it is nearly done with the last."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        # The order in which they were collected stands; the number of tests says little.
        config.option.loadscopereorder = False

    @override
    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
