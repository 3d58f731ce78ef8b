"""Writes the function that completes the value of a root field: the heart of the compiler.

What is written for ``image { url }`` below a product, where neither may be null::

    v3 = v2.image
    if v3 is None:
        raise Unexpected
    if type(v3) not in plain:
        check(v3)
    v4 = v3.url
    if not (type(v4) is str):
        v4 = complete_String_3(v4)
    v3 = {'url': v4}

Each value has a variable of its own, which first holds the source and then what is answered.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, cast

from graphql import (
    GraphQLField,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    default_type_resolver,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
)
from graphql.execution.collect_fields import FieldDetails
from strawberry.types.field import StrawberryField

from api.compiled import leaves
from api.compiled.collecting import Collected
from api.compiled.errors import Uncovered, Unexpected

TYPENAME: Final = "__typename"

_Type = Any
"""A type of the schema, whose own generics are left open by graphql-core."""

Completing = Callable[[Any, Any], Any]
"""From a root field's value and info to what is answered; raises anything it cannot complete."""


class Walk:
    """Writes the function for one root field.

    ``selected`` grows to the dotted paths of all fields below it: ``edges.node.title``.
    """

    def __init__(self, collected: Collected) -> None:
        self._collected = collected
        self._lines: list[str] = []
        self._indent = 1
        self._variables = 0
        self._constants: dict[str, object] = {
            "plain": leaves.PLAIN,
            "check": leaves.check,
            "Unexpected": Unexpected,
        }
        self._leaves: dict[object, str] = {}
        self.selected: set[str] = set()

    def compiled(
        self, name: str, of_type: _Type, details: list[FieldDetails]
    ) -> tuple[Completing, str]:
        """Write and compile the function; return it with its source text."""
        self._complete("value", of_type, details, "")
        source = "\n".join(["def complete(value, info):", *self._lines, "    return value", ""])
        try:
            code = compile(source, f"<plan of {name}>", "exec")
            exec(code, self._constants)  # noqa: S102 - of a schema's names and no other text
        except (SyntaxError, RecursionError) as error:
            raise Uncovered("nested too deeply for Python") from error
        completing: Any = self._constants["complete"]
        return completing, source

    def _complete(self, value: str, of_type: _Type, details: list[FieldDetails], path: str) -> None:
        is_required = isinstance(of_type, GraphQLNonNull)
        nullable = cast("_Type", get_nullable_type(of_type))
        if is_leaf_type(nullable):
            self._leaf(value, nullable, is_required=is_required)
        elif is_required:
            self._write(f"if {value} is None:", "    raise Unexpected")
            self._composite(value, nullable, details, path)
        else:
            with self._block(f"if {value} is not None:"):
                self._composite(value, nullable, details, path)

    def _composite(
        self, value: str, of_type: _Type, details: list[FieldDetails], path: str
    ) -> None:
        if is_list_type(of_type):
            items: _Type = of_type
            self._list(value, items.of_type, details, path)
            return
        if is_abstract_type(of_type):
            self._check(value)
            self._abstract(value, of_type, details, path)
            return
        if of_type.is_type_of:
            self._recognise(value, of_type)
        else:
            self._check(value)
        self._object(value, of_type, details, path)

    def _check(self, value: str) -> None:
        self._write(f"if type({value}) not in plain:", f"    check({value})")

    def _recognise(self, value: str, of_type: GraphQLObjectType) -> None:
        """Check a value and whether it is of the type, once for each class of values."""
        recognition = leaves.Recognition(of_type)
        known = self._constant(f"known_{of_type.name}", recognition.known)
        recognise = self._constant(f"recognise_{of_type.name}", recognition.recognise)
        self._write(f"if type({value}) not in {known}:", f"    {recognise}({value}, info)")

    def _leaf(self, value: str, leaf: GraphQLLeafType, *, is_required: bool) -> None:
        complete = self._leaf_constant(leaf, is_required=is_required)
        standing, enum = leaves.standing(leaf), leaves.enum_names(leaf)
        if standing:
            condition = standing.format(x=value)
            self._write(f"if not ({condition}):", f"    {value} = {complete}({value})")
        elif enum:
            of_members, names = enum
            members = self._constant(leaf.name, of_members)
            by_member = self._constant(f"names_of_{leaf.name}", names)
            self._write(
                f"if type({value}) is {members}:",
                f"    {value} = {by_member}[{value}]",
                "else:",
                f"    {value} = {complete}({value})",
            )
        else:
            self._write(f"{value} = {complete}({value})")

    def _leaf_constant(self, leaf: GraphQLLeafType, *, is_required: bool) -> str:
        key = (leaf.name, is_required)
        if key not in self._leaves:
            completion = leaves.completion(leaf, is_required=is_required)
            self._leaves[key] = self._constant(f"complete_{leaf.name}", completion)
        return self._leaves[key]

    def _list(self, value: str, of_type: _Type, details: list[FieldDetails], path: str) -> None:
        # Anything else that can be iterated may only be iterated once, and not by us.
        self._write(
            f"if type({value}) is not list and type({value}) is not tuple:", "    raise Unexpected"
        )
        items, item = self._variable(), self._variable()
        self._write(f"{items} = []")
        with self._block(f"for {item} in {value}:"):
            self._complete(item, of_type, details, path)
            self._write(f"{items}.append({item})")
        self._write(f"{value} = {items}")

    def _abstract(self, value: str, of_type: _Type, details: list[FieldDetails], path: str) -> None:
        resolve_type = cast("object", of_type.resolve_type or default_type_resolver)
        resolve = self._constant(f"type_of_{of_type.name}", resolve_type)
        name, abstract = self._variable(), self._constant(of_type.name, of_type)
        self._write(f"{name} = {resolve}({value}, info, {abstract})")
        branch = "if"
        for possible in self._collected.operation.schema.get_possible_types(of_type):
            with self._block(f"{branch} {name} == {possible.name!r}:"):
                if possible.is_type_of:
                    self._recognise(value, possible)
                self._object(value, possible, details, path)
            branch = "elif"
        self._write("else:", "    raise Unexpected")

    def _object(
        self, value: str, of_type: GraphQLObjectType, details: list[FieldDetails], path: str
    ) -> None:
        entries: list[str] = []
        for key, below in self._collected.below(details, of_type).items():
            name = below[0].node.name.value
            self.selected.add(f"{path}{name}")
            if name == TYPENAME:
                entries.append(f"{key!r}: {of_type.name!r}")
                continue
            field, read = of_type.fields[name], self._variable()
            self._write(f"{read} = {value}.{_attribute(of_type, name, field)}")
            self._complete(read, field.type, below, f"{path}{name}.")
            entries.append(f"{key!r}: {read}")
        self._write(f"{value} = {{{', '.join(entries)}}}")

    def _write(self, *lines: str) -> None:
        self._lines += ["    " * self._indent + line for line in lines]

    @contextmanager
    def _block(self, head: str) -> Generator[None]:
        self._write(head)
        self._indent += 1
        yield
        self._indent -= 1

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def _constant(self, meaning: str, value: object) -> str:
        """The name under which the function knows a value that is there before it."""
        for name, known in self._constants.items():
            if known is value:
                return name
        name = f"{meaning}_{len(self._constants)}"
        self._constants[name] = value
        return name


def _attribute(parent: GraphQLObjectType, name: str, field: GraphQLField) -> str:
    """The attribute of the source that a field stands for; `Uncovered` where it is more."""
    definition: object = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or not definition.is_basic_field:
        raise Uncovered(f"{parent.name}.{name} has a resolver")
    if definition.default_resolver is not getattr or not definition.python_name.isidentifier():
        raise Uncovered(f"{parent.name}.{name} is no attribute of its source")
    return definition.python_name
