"""The registry of trusted documents: each by the SHA-256 of its file."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "sha256:"
_FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class TrustedDocument:
    """A document of one of the mall's frontends; ``name`` is ``<frontend>/<file>``."""

    name: str
    id: str
    text: str


def trusted_documents(folder: Path = _FOLDER) -> Mapping[str, TrustedDocument]:
    """Read all trusted documents, by the id that is sent in their place.

    A frontend computes the same id from the same file: ``sha256:`` and the digest of its bytes.
    """
    documents: dict[str, TrustedDocument] = {}
    for path in sorted(folder.rglob("*.graphql")):
        text = path.read_bytes()
        document_id = PREFIX + hashlib.sha256(text).hexdigest()
        name = path.relative_to(folder).with_suffix("").as_posix()
        documents[document_id] = TrustedDocument(name, document_id, text.decode())
    return documents
