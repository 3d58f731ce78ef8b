"""``python -m tests.http_audit``: audits a real API process in the development profile."""

import signal
import subprocess
import sys
from collections import Counter

import click
import msgspec

from bench.ground import ground
from bench.server import ServerProblem, mall_api
from domain.kernel.settings import Profile
from sandbox.engines import EngineProblem
from tests.http_audit.node import FOLDER, Node, NodeProblem, find_node, install

LEVELS = ("MUST", "SHOULD", "MAY")
BINDING = ("MUST", "SHOULD")
_AUDIT_SECONDS = 300


class Finding(msgspec.Struct, frozen=True):
    """What one audit found; where it did not pass, with its last request and the reply."""

    id: str
    name: str
    passed: bool
    reason: str | None = None
    request: dict[str, object] | None = None
    response: dict[str, object] | None = None

    @property
    def level(self) -> str:
        """MUST, SHOULD or MAY."""
        return self.name.partition(" ")[0]


def main() -> None:
    """Audit, print, and end with status 1 unless every MUST and every SHOULD has passed."""
    # Whoever is told to stop still removes what it made.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        node = find_node()
        install(node)
        findings = audit(node)
    except (EngineProblem, NodeProblem, ServerProblem) as problem:
        click.echo(f"http-audit: {problem}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("http-audit: interrupted", err=True)
        sys.exit(1)
    click.echo(report(findings))
    sys.exit(0 if is_conformant(findings) else 1)


def audit(node: Node) -> list[Finding]:
    """Run all audits against a mall of their own; raises `NodeProblem`."""
    with ground() as base, mall_api(base, Profile.DEVELOPMENT) as server:
        done = subprocess.run(
            [node.command, "audit.mjs", f"http://127.0.0.1:{server.port}/graphql"],
            cwd=FOLDER,
            capture_output=True,
            check=False,
            timeout=_AUDIT_SECONDS,
        )
    if done.returncode != 0:
        raise NodeProblem(f"the audits did not run:\n{done.stderr.decode()}")
    return [msgspec.json.decode(line, type=Finding) for line in done.stdout.splitlines()]


def is_conformant(findings: list[Finding]) -> bool:
    """Say whether nothing failed that binds; no audits at all prove nothing."""
    binding = [each for each in findings if each.level in BINDING]
    return bool(binding) and all(each.passed for each in binding)


def report(findings: list[Finding]) -> str:
    """Write the failures, and a table of how many passed."""
    total = Counter(each.level for each in findings)
    passed = Counter(each.level for each in findings if each.passed)
    lines = [_failure(each) for each in findings if not each.passed]
    lines += [f"{'level':<7} {'passed':>6} {'total':>6}"]
    lines += [f"{level:<7} {passed[level]:>6} {total[level]:>6}" for level in LEVELS]
    return "\n".join(lines)


def _failure(finding: Finding) -> str:
    request = msgspec.json.encode(finding.request).decode()
    response = msgspec.json.encode(finding.response).decode()
    return (
        f"FAILED {finding.id} {finding.name}\n  {finding.reason}\n"
        f"  request: {request}\n  reply: {response}\n"
    )


if __name__ == "__main__":
    main()
