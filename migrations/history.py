"""The history of the schema as the files of this release tell it.

Alembic knows it too, but an API that only wants the names of the revisions need not load Alembic,
nor run every revision's module: that takes 10 MB and a twentieth of its start.
"""

import re
from dataclasses import dataclass
from pathlib import Path

_VERSIONS = Path(__file__).parent / "versions"
_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_BEFORE = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)


@dataclass(frozen=True)
class Revisions:
    """The history of the schema as this release knows it."""

    head: str
    known: frozenset[str]

    @property
    def older(self) -> frozenset[str]:
        """Those that this release cannot run on."""
        return self.known - {self.head}


def revisions() -> Revisions:
    """Read the history from the files of this release."""
    texts = [path.read_text() for path in _VERSIONS.glob("*.py")]
    known = {name for text in texts for name in _REVISION.findall(text)}
    (head,) = known.difference(name for text in texts for name in _BEFORE.findall(text))
    return Revisions(head, frozenset(known))
