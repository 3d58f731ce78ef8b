"""Which requests are alike, and what the answer to them changes with."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
import orjson
from graphql import FieldNode, OperationDefinitionNode

from api.documents import Document, Documents
from api.wire import GraphQLRequest, Json
from domain.kernel.epochs import Subject
from domain.kernel.errors import Fault
from domain.kernel.language import Language

SUBJECTS: Mapping[str, frozenset[Subject]] = MappingProxyType(
    {
        "categoryTrees": frozenset({Subject.CATALOG}),
        "consentTexts": frozenset({Subject.CONSENT_TEXTS}),
        "freightRules": frozenset({Subject.FREIGHT}),
        "homePage": frozenset({Subject.CATALOG}),
        "pickUpStores": frozenset({Subject.STORES}),
        "pointsOffer": frozenset({Subject.CATALOG}),
        "pointsOffers": frozenset({Subject.CATALOG}),
        "product": frozenset({Subject.CATALOG}),
        "products": frozenset({Subject.CATALOG}),
        "regions": frozenset[Subject](),
    }
)
"""What changes the answer of each public root field, besides time and stock."""
LONGEST_VARIABLES = 1_000
"""In bytes of JSON; what is longer is hardly asked twice."""
_NO_VARIABLES = b"{}"


class PublicRead(msgspec.Struct, frozen=True):
    """A trusted document that anybody is answered alike, and the variables that it declares.

    The subjects are told as texts, whose hashes are known without running anything.
    """

    document: Document
    subjects: tuple[str, ...]
    variables: frozenset[str]


class Wanted(msgspec.Struct, frozen=True):
    """What is asked by many: the document, and what is the same of all requests like this one."""

    read: PublicRead
    language: Language
    key: tuple[str, str | None, str, bytes]


class PublicReads:
    """Knows the requests whose answers may be kept."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._known: dict[str, PublicRead | None] = {}

    def wanted(self, asked: GraphQLRequest, language: Language) -> Wanted | None:
        """What a request asks for, where its answer may be kept.

        That it may not where the document is not the mall's or not for anybody, where variables
        are unusual (long, or none of the document's), or where no other field says what it would
        change with.
        """
        document_id = asked.document_id
        if document_id is None:
            return None
        read = self._known.get(document_id) or self._read(document_id)
        if read is None:
            return None
        variables = _canonical(asked.variables, read.variables)
        if variables is None:
            return None
        key = document_id, asked.operation_name, language.value, variables
        return Wanted(read, language, key)

    def _read(self, document_id: str) -> PublicRead | None:
        if document_id in self._known:
            return None
        try:
            document = self._documents.trusted(document_id)
        except Fault:
            # It is not the mall's, and anybody could name any number of those.
            return None
        read = self._known[document_id] = self._read_of(document)
        return read

    def _read_of(self, document: Document) -> PublicRead | None:
        operations = [
            each
            for each in document.parsed.definitions
            if isinstance(each, OperationDefinitionNode)
        ]
        fields = {
            node.name.value
            for each in operations
            for node in each.selection_set.selections
            # Fragments at the root make a document none for anybody.
            if isinstance(node, FieldNode)
        }
        if not self._documents.is_public_read(document) or not fields <= SUBJECTS.keys():
            return None
        subjects = {subject.value for field in fields for subject in SUBJECTS[field]}
        declared = {
            each.variable.name.value
            for one in operations
            for each in one.variable_definitions or ()
        }
        return PublicRead(document, tuple(sorted(subjects)), frozenset(declared))


def _canonical(given: Mapping[str, Json], declared: frozenset[str]) -> bytes | None:
    """Variables as bytes that are the same in whichever order they came; None if unusual."""
    if not given:
        return _NO_VARIABLES
    if not given.keys() <= declared:
        return None
    try:
        canonical = orjson.dumps(given, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Nested deeper than can be written again.
        return None
    return canonical if len(canonical) <= LONGEST_VARIABLES else None
