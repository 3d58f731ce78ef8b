"""The named operations: trusted documents with titles, explanations and example variables."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

import api.trusted
from api.trusted.registry import trusted_documents
from domain.kernel.language import Bilingual

CATALOGUE = Path(api.trusted.__file__).parent / "documents" / "catalogue.toml"
REFERENCE = re.compile(r"\$(\w+)(?:\.([\w.]+))?")
"""How a text in example variables points to a fill, or to a part of it."""
_KIND = re.compile(r"^(query|mutation|subscription)\b", re.MULTILINE)
IDENTITIES = ("staff", "member", "pad")


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """A task that operations belong to."""

    id: str
    title: Bilingual


class Fill(Struct, frozen=True, forbid_unknown_fields=True):
    """A question whose answer holds what example variables need.

    ``path`` leads to it, steps between dots: a field, a place in a list, ``?node/phone`` for the
    first of a list that has a phone, or ``?purpose=PHONE`` for the first with that word.
    ``missing`` stands there where the path leads nowhere, or where no question can tell.
    """

    missing: dict[str, Any]
    query: str | None = None
    path: str = ""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """What the catalogue says of a document; ``variables`` are JSON."""

    document: str
    group: str
    title: Bilingual
    explanation: Bilingual
    identities: tuple[str, ...] = ("staff",)
    variables: str = "{}"


class Catalogue(Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, in the order of the page."""

    groups: tuple[Group, ...]
    fills: dict[str, Fill]
    operations: tuple[Entry, ...]


def read_catalogue(path: Path = CATALOGUE) -> Catalogue:
    """Read the file beside the documents."""
    return msgspec.toml.decode(path.read_bytes(), type=Catalogue)


def delivered(catalogue: Catalogue) -> bytes:
    """The catalogue with its documents' texts, as the page reads it."""
    texts = {each.name: each.text for each in trusted_documents().values()}
    return msgspec.json.encode(
        {
            "groups": catalogue.groups,
            "fills": {name: _fill(fill) for name, fill in catalogue.fills.items()},
            "operations": [_operation(each, texts) for each in catalogue.operations],
        }
    )


def _fill(fill: Fill) -> dict[str, object]:
    return {"query": fill.query, "path": fill.path.split("."), "missing": fill.missing}


def _operation(entry: Entry, texts: Mapping[str, str]) -> dict[str, object]:
    text = texts[entry.document]
    # A document of ours has one operation. To parse all of them takes a tenth of a second.
    (kind,) = _KIND.findall(text)
    return {
        "name": entry.document,
        "kind": kind,
        "group": entry.group,
        "identities": entry.identities,
        "title": entry.title,
        "explanation": entry.explanation,
        "text": text,
        "variables": msgspec.json.decode(entry.variables),
    }
