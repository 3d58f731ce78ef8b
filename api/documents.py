"""From the text of a document to one that is known to be valid and within the limits."""

from collections import OrderedDict
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from functools import cache, cached_property

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from api.access import Access
from api.limits import MOST_COMMENTS, MOST_TOKENS, too_costly
from api.shape import check_shape, has_nul
from api.trusted.registry import trusted_documents
from api.wire import NUL, GraphQLRequest
from domain.kernel.actors import Actor, Staff
from domain.kernel.errors import BadInput, Fault, FaultCode
from domain.kernel.language import Sentence

ADHOC = "adhoc"
_KEPT = 256
_ESCAPE = "\\u"
_MOST_ERRORS = 10
_TOO_MANY_TOKENS = "Syntax Error: Document contains more than "
_NOT_TRUSTED = Sentence(
    zh="此接口只执行已登记的查询文档。", en="Only registered documents are run here."
)
_NO_SUCH_OPERATION = Sentence(
    zh="文档中没有名为 {name} 的操作。", en="The document has no operation named {name}."
)
_WHICH_OPERATION = Sentence(
    zh="文档中有 {count} 个操作，请用 operationName 指明要执行哪一个。",
    en="The document has {count} operations; choose one by operationName.",
)


class InvalidDocument(Exception):
    """The document does not parse, or is not valid against the schema."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Document:
    """A valid document; ``name`` is that of a trusted one, or `ADHOC`.

    What is asked of it for each request is worked out once.
    """

    name: str
    parsed: DocumentNode

    @cached_property
    def is_trusted(self) -> bool:
        """Whether it is one of the mall's own."""
        return self.name != ADHOC

    @cached_property
    def operations(self) -> Sequence[OperationDefinitionNode]:
        """All operations in it."""
        return [
            node for node in self.parsed.definitions if isinstance(node, OperationDefinitionNode)
        ]

    @cached_property
    def root_fields(self) -> frozenset[str | None]:
        """The root fields of all its operations; None for a fragment, which is not looked into."""
        return frozenset(
            node.name.value if isinstance(node, FieldNode) else None
            for operation in self.operations
            for node in operation.selection_set.selections
        )

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run; `BadInput` where the name does not settle which."""
        operations = [
            node
            for node in self.operations
            if name is None or (node.name and node.name.value == name)
        ]
        if len(operations) == 1:
            return operations[0]
        if name is not None:
            raise BadInput(_NO_SUCH_OPERATION, name=name)
        raise BadInput(_WHICH_OPERATION, count=len(operations))


class Documents:
    """All documents a process may run: the trusted ones, and others for whom they are allowed.

    Those are everybody where ``adhoc_allowed`` (the development profile), and everywhere the staff
    in a browser: whose name, role and sign-in stand behind each of their requests. A pad is nobody
    who writes queries, and so are its staff there.

    ``batched`` names the mutations that wait for a batch (0.6), and ``at_gateway`` those that wait
    for a gateway.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        access: dict[str, Access],
        *,
        adhoc_allowed: bool,
        batched: Collection[str] = (),
        at_gateway: Collection[str] = (),
    ) -> None:
        self._schema = schema
        self._access = access
        self._adhoc_allowed = adhoc_allowed
        self._trusted = _library(schema)
        self._batched = frozenset(batched)
        self._at_gateway = frozenset(at_gateway)
        self._recent: OrderedDict[str, Document] = OrderedDict()

    def asked_for(self, asked: GraphQLRequest, actor: Actor | None) -> Document:
        """The document of a request; raises what `trusted` and `adhoc` do."""
        if asked.document_id is not None:
            return self.trusted(asked.document_id)
        return self.adhoc(asked.query or "", actor)

    def trusted(self, document_id: str) -> Document:
        """A registered document by its id; raises a NOT_TRUSTED `Fault`."""
        document = self._trusted.get(document_id)
        if document is None:
            raise Fault(FaultCode.NOT_TRUSTED, _NOT_TRUSTED)
        return document

    def adhoc(self, text: str, actor: Actor | None = None) -> Document:
        """Any other document, where the profile allows it or to whoever may run one anywhere.

        Raises NOT_TRUSTED and TOO_COSTLY `Fault`s and `InvalidDocument`. The last few valid
        ones are kept, so that a client that repeats itself is not validated each time.
        """
        if not (self._adhoc_allowed or _is_staff_in_a_browser(actor)):
            raise Fault(FaultCode.NOT_TRUSTED, _NOT_TRUSTED)
        if text in self._recent:
            self._recent.move_to_end(text)
            return self._recent[text]
        document = Document(ADHOC, _checked(text, self._schema))
        self._recent[text] = document
        if len(self._recent) > _KEPT:
            self._recent.popitem(last=False)
        return document

    def is_batched(self, document_id: str | None) -> bool:
        """Whether it is a trusted document that does nothing but wait for a batch."""
        return self._does_only(document_id, self._batched)

    def is_at_gateway(self, document_id: str | None) -> bool:
        """Whether it is a trusted document that waits for a gateway."""
        return self._does_only(document_id, self._at_gateway)

    def _does_only(self, document_id: str | None, mutations: Set[str]) -> bool:
        """Whether it is a trusted document that does nothing else than these mutations."""
        document = self._trusted.get(document_id)
        return document is not None and document.root_fields <= mutations

    def is_public_read(self, document: Document) -> bool:
        """Whether a document may travel by GET and be cached by anybody (0.28)."""
        is_query = all(each.operation is OperationType.QUERY for each in document.operations)
        return is_query and all(
            self._access.get(f"Query.{field}") is Access.ANYONE for field in document.root_fields
        )


class _Library:
    """The registered documents, each parsed and checked when it is first asked for.

    To check all of them took half a second of each start; that they are valid is a matter of the
    release, and held by its tests.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._registered = trusted_documents()
        self._checked: dict[str, Document] = {}

    def get(self, document_id: str | None) -> Document | None:
        """A document by its id; None where none is registered by that."""
        if document_id is None or document_id not in self._registered:
            return None
        if document_id not in self._checked:
            registered = self._registered[document_id]
            parsed = _checked(registered.text, self._schema)
            self._checked[document_id] = Document(registered.name, parsed)
        return self._checked[document_id]


@cache
def _library(schema: GraphQLSchema) -> _Library:
    """What is registered: files and schema stay as long as the process does."""
    return _Library(schema)


def _checked(text: str, schema: GraphQLSchema) -> DocumentNode:
    try:
        parsed = parse(text, max_lexical_tokens=MOST_TOKENS, max_comments=MOST_COMMENTS)
    except GraphQLSyntaxError as error:
        if error.message.startswith(_TOO_MANY_TOKENS):
            raise too_costly("tokens", MOST_TOKENS + 1, MOST_TOKENS) from error
        raise InvalidDocument([error]) from error
    check_shape(parsed)
    if _ESCAPE in text and has_nul(parsed):
        # As in variables: PostgreSQL would refuse it, and that would look like a bug.
        raise BadInput(NUL)
    # Whoever may write documents may also be told what they may have meant.
    errors = validate(schema, parsed, max_errors=_MOST_ERRORS)
    if errors:
        raise InvalidDocument(errors)
    return parsed


def _is_staff_in_a_browser(actor: Actor | None) -> bool:
    return isinstance(actor, Staff) and actor.session_id is not None and actor.pad is None
