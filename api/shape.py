"""The shape of a document: depth, aliases and counts, found by weighing each fragment once.

The usual limiters walk a fragment each time it is spread, so a kilobyte of fragments that each
spread the next one twice holds a worker for minutes. Here the weight of a fragment is kept and
added up, so the pass is as long as the document.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
)

from api.limits import (
    DEEPEST,
    DEEPEST_NESTING,
    MOST_ALIASES,
    MOST_DIRECTIVES,
    MOST_FRAGMENTS,
    MOST_MUTATIONS,
    MOST_OPERATIONS,
    MOST_REPEATS,
    fragments_of,
    within,
)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a selection set adds up to, with its fragments; ``fields`` are its own, at its top."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0


def check_shape(document: DocumentNode) -> None:
    """Refuse a document that is too large in shape; raises a TOO_COSTLY `Fault`.

    Runs before validation, whose own checks are quadratic, and so on any nonsense that parses:
    unknown fragments weigh nothing here and a circle is cut; validation will name both.
    """
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    within("operations", len(operations), MOST_OPERATIONS)
    within("fragments", len(fragments_of(document)), MOST_FRAGMENTS)
    repeats = Counter(_response_names(document))
    within("repeats of one name", max(repeats.values(), default=0), MOST_REPEATS)
    nesting = _Nesting(document)
    for operation in operations:
        within("nesting", nesting.of(operation.selection_set), DEEPEST_NESTING)
    weigher = _ShapeWeigher(document)
    for operation in operations:
        shape = weigher.of(operation.selection_set)
        within("depth", shape.depth, DEEPEST)
        within("aliases", shape.aliases, MOST_ALIASES)
        if operation.operation is OperationType.MUTATION:
            within("mutations", shape.fields, MOST_MUTATIONS)
        within("directives", shape.directives + len(operation.directives or ()), MOST_DIRECTIVES)


def has_nul(document: DocumentNode) -> bool:
    """Whether any text in the document holds a NUL character, escaped as it must be."""
    unread: list[Node] = [document]
    while unread:
        node = unread.pop()
        if isinstance(node, StringValueNode) and "\x00" in node.value:
            return True
        for key in node.keys:
            child: object = getattr(node, key, None)
            is_many = isinstance(child, list | tuple)
            children = cast("Sequence[object]", child) if is_many else (child,)
            unread += [each for each in children if isinstance(each, Node)]
    return False


def _response_names(document: DocumentNode) -> Iterator[str]:
    open_sets = [
        definition.selection_set
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while open_sets:
        for node in open_sets.pop().selections:
            if isinstance(node, FieldNode):
                yield (node.alias or node.name).value
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                open_sets.append(node.selection_set)


class _Nesting:
    """How deep selection sets lie in each other, without walking into them by recursion."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = fragments_of(document)
        self._measured: dict[str, int] = {}

    def of(self, selections: SelectionSetNode) -> int:
        deepest = 0
        open_sets = [(selections, 1)]
        while open_sets:
            each, level = open_sets.pop()
            deepest = max(deepest, level)
            for node in each.selections:
                if isinstance(node, FragmentSpreadNode):
                    deepest = max(deepest, level + self._fragment(node.name.value))
                elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                    open_sets.append((node.selection_set, level + 1))
        return deepest

    def _fragment(self, name: str) -> int:
        if name not in self._measured:
            self._measured[name] = 0
            fragment = self._fragments.get(name)
            self._measured[name] = self.of(fragment.selection_set) if fragment else 0
        return self._measured[name]


class _ShapeWeigher:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = fragments_of(document)
        self._weighed: dict[str, _Shape] = {}

    def of(self, selections: SelectionSetNode | None) -> _Shape:
        shapes = [self._node(node) for node in (selections.selections if selections else ())]
        return _Shape(
            sum(shape.fields for shape in shapes),
            max((shape.depth for shape in shapes), default=0),
            sum(shape.aliases for shape in shapes),
            sum(shape.directives for shape in shapes),
        )

    def _node(self, node: SelectionNode) -> _Shape:
        directives = len(node.directives or ())
        if isinstance(node, FieldNode):
            below = self.of(node.selection_set)
            # Introspection is deep by nature, and exempt (0.28); its own rule bounds it.
            is_introspection = node.name.value.startswith("__")
            depth = 0 if is_introspection else below.depth
            aliases = below.aliases + (node.alias is not None)
            fields = 0 if is_introspection else 1
            return _Shape(fields, depth + 1, aliases, below.directives + directives)
        below = (
            self._fragment(node.name.value)
            if isinstance(node, FragmentSpreadNode)
            else self.of(node.selection_set if isinstance(node, InlineFragmentNode) else None)
        )
        return _Shape(below.fields, below.depth, below.aliases, below.directives + directives)

    def _fragment(self, name: str) -> _Shape:
        if name not in self._weighed:
            self._weighed[name] = _Shape()
            fragment = self._fragments.get(name)
            self._weighed[name] = self.of(fragment.selection_set if fragment else None)
        return self._weighed[name]
