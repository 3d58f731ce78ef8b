"""`pgbench`: PostgreSQL's own client, for what a statement costs where no mall is in between."""

import re
import resource
import subprocess
import time
from dataclasses import dataclass

from bench.cost import metered
from bench.ground import Ground
from bench.load import LoadProblem
from bench.rounds import Round

_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_DONE = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
_LATENCY = re.compile(r"^latency average = ([0-9.]+) ms", re.MULTILINE)
_PATIENCE_SECONDS = 120
# A function plans its statements once for each connection, and not anew for each call.
_ENVIRONMENT = {"LC_ALL": "C", "PGOPTIONS": "-c plan_cache_mode=force_generic_plan"}


@dataclass(frozen=True, slots=True)
class Job:
    """A statement that so many clients send, each so many times; ``many`` rows by each."""

    statement: str
    clients: int
    transactions: int
    many: int = 1


def run(base: Ground, job: Job) -> Round:
    """Run the job on the database of its owner; times are for each row.

    Raises `LoadProblem` unless every transaction was carried out.
    """
    script = base.home / "statement.sql"
    script.write_text(f"{job.statement};\n")
    words = [
        *(str(base.bin / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}"),
        *(f"--client={job.clients}", f"--transactions={job.transactions}"),
        *(f"--define=run={time.time_ns() // 1_000_000}", base.owner_url),
    ]
    before = _children_seconds()
    with metered([base.postgres], base.postgres) as spent:
        ended = subprocess.run(  # noqa: S603 - only our own words
            words,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
            env=_ENVIRONMENT,
        )
    client = _children_seconds() - before
    done, rate = _DONE.search(ended.stdout), _RATE.search(ended.stdout)
    latency = _LATENCY.search(ended.stdout)
    wanted = job.clients * job.transactions
    if not done or not rate or not latency or int(done[1]) != wanted:
        raise LoadProblem(f"pgbench: {ended.stdout}\n{ended.stderr}")
    rows = wanted * job.many
    # It tells an average only.
    average = float(latency[1])
    return Round(
        requests=rows,
        server_us=client / rows * 1e6,
        postgres_us=spent.postgres / rows * 1e6,
        requests_per_second=float(rate[1]) * job.many,
        p50_ms=average,
        p99_ms=average,
    )


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
