"""Writes random documents on a schema, with variables for them: most are valid."""

from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

DEEPEST = 5
_CONDITIONS = ("c0", "c1", "c2")


@dataclass
class Written:
    """A document and what is sent with it."""

    text: str
    variables: dict[str, object]


@dataclass
class Writer:
    """Writes one document."""

    schema: GraphQLSchema
    random: Random
    hostility: float
    declared: dict[str, str] = field(default_factory=dict[str, str])
    variables: dict[str, object] = field(default_factory=dict[str, object])
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def document(self) -> Written:
        """Write a query, or a mutation."""
        is_query = self.random.random() < 0.6
        root = self.schema.query_type if is_query else self.schema.mutation_type
        assert root
        chosen = [self._root_field(root) for _ in range(self.random.choice([1, 1, 1, 2, 3]))]
        if self._happens(0.1):
            chosen.append(f"{self.random.choice(['', 'kind: '])}__typename")
        if self._happens(0.1):
            chosen = [f"... on {root.name}{self._directives()} {{ {' '.join(chosen)} }}"]
        self._declare_conditions()
        declared = ", ".join(f"${name}: {of_type}" for name, of_type in self.declared.items())
        head = f"{'query' if is_query else 'mutation'} Written"
        texts = [f"{head}({declared})" if declared else head, f"{{ {' '.join(chosen)} }}"]
        texts += [
            f"fragment {name} on {on} {{ {body} }}" for name, (on, body) in self.fragments.items()
        ]
        return Written("\n".join(texts), self.variables)

    def _root_field(self, root: GraphQLObjectType) -> str:
        name = self.random.choice(list(root.fields))
        chosen: Any = root.fields[name]
        given = [
            f"{argument}: {self._argument(each.type)}"
            for argument, each in chosen.args.items()
            if is_required_argument(each) or self._happens(0.4)
        ]
        key = f"{name}_{self.random.randrange(3)}: " if self._happens(0.4) else ""
        arguments = f"({', '.join(given)})" if given else ""
        written = f"{key}{name}{arguments}{self._directives()}{self._below(chosen, 1)}"
        if self._happens(0.1):
            # The same field once more, with something else below it.
            written += f" {key}{name}{arguments}{self._below(chosen, 1)}"
        return written

    def _below(self, chosen: Any, depth: int) -> str:
        named = cast("Any", get_named_type(chosen.type))
        return "" if is_leaf_type(named) else f" {{ {self._selections(named, depth)} }}"

    def _selections(self, of_type: Any, depth: int) -> str:
        many = self.random.choice([1, 1, 2, 3, 4])
        return " ".join(self._selection(of_type, depth) for _ in range(many))

    def _selection(self, of_type: Any, depth: int) -> str:
        chance = self.random.random()
        if chance < 0.08 or (is_abstract_type(of_type) and chance < 0.15):
            return f"{self.random.choice(['', '', 'kind: '])}__typename{self._directives()}"
        if is_abstract_type(of_type) or chance < 0.25:
            return self._fragment(of_type, depth)
        return self._field(of_type, depth)

    def _field(self, of_type: Any, depth: int) -> str:
        names = [
            name
            for name, each in of_type.fields.items()
            if depth < DEEPEST or is_leaf_type(get_named_type(each.type))
        ]
        if not names:
            return "__typename"
        name = self.random.choice(names)
        key = f"{of_type.name}_{name}: " if self._happens(0.3) else ""
        if self._happens(0.03):
            key = f"{self.random.choice(names)}: "
        below = self._below(of_type.fields[name], depth + 1)
        return f"{key}{name}{self._directives()}{below}"

    def _fragment(self, of_type: Any, depth: int) -> str:
        on = self._condition(of_type)
        known = [name for name, (own, _) in self.fragments.items() if own == on.name]
        if known and self._happens(0.4):
            return f"...{self.random.choice(known)}{self._directives()}"
        # One level further down, so that fragments without fields come to an end.
        body = self._selections(on, depth + 1) if depth < DEEPEST else "__typename"
        if self._happens(0.4):
            name = f"F{len(self.fragments)}"
            self.fragments[name] = (on.name, body)
            return f"...{name}{self._directives()}"
        condition = "" if on is of_type and self._happens(0.5) else f" on {on.name}"
        return f"...{condition}{self._directives()} {{ {body} }}"

    def _condition(self, of_type: Any) -> Any:
        """A type that a fragment may have there: itself, one of its types, or an interface."""
        choices: list[Any] = [of_type]
        if is_abstract_type(of_type):
            possible = list(self.schema.get_possible_types(of_type))
            choices += possible
            choices += [each for one in possible for each in one.interfaces]
        elif isinstance(of_type, GraphQLObjectType | GraphQLInterfaceType):
            choices += of_type.interfaces
        return self.random.choice(choices)

    def _directives(self) -> str:
        written = ""
        for name in ("skip", "include"):
            if self._happens(0.06):
                condition = self.random.choice([*(f"${each}" for each in _CONDITIONS), "true"])
                condition = condition if name == "include" else condition.replace("true", "false")
                written += f" @{name}(if: {condition})"
                if condition.startswith("$"):
                    self.declared[condition[1:]] = ""
        return written

    def _declare_conditions(self) -> None:
        for name in [each for each in _CONDITIONS if each in self.declared]:
            self.declared[name] = self.random.choice(["Boolean!", "Boolean!", "Boolean = true"])
            if self.declared[name] == "Boolean!" or self._happens(0.5):
                self.variables[name] = self._happens(0.5)
            if self._happens(self.hostility):
                self.variables[name] = self.random.choice([None, "true", 1])

    def _argument(self, of_type: Any) -> str:
        """A variable for the argument, or a value where that is easily written."""
        written = self._written(of_type) if self._happens(0.3) else None
        return written or self._variable(of_type)

    def _written(self, of_type: Any) -> str | None:
        nullable = _nullable(of_type)
        if isinstance(nullable, GraphQLEnumType):
            return self.random.choice(list(nullable.values))
        if isinstance(nullable, GraphQLInputObjectType):
            return self._literal(nullable)
        if is_list_type(nullable):
            return f"[{self._argument(_inner(nullable))}]"
        return str(self.random.choice([1, 20, 100])) if nullable.name == "Int" else None

    def _variable(self, of_type: Any) -> str:
        name = f"v{len(self.declared)}"
        self.declared[name] = str(of_type)
        if _nullable(of_type) is GraphQLInt and self._happens(0.3):
            self.declared[name] += " = 7"
            if self._happens(0.5):
                return f"${name}"
        elif not is_non_null_type(of_type) and self._happens(0.3):
            return f"${name}"
        self.variables[name] = self._input(of_type)
        return f"${name}"

    def _literal(self, of_type: GraphQLInputObjectType) -> str:
        """An object with variables in it."""
        written = [
            f"{name}: {self._argument(each.type)}"
            for name, each in of_type.fields.items()
            if is_required_input_field(each) or self._happens(0.3)
        ]
        return f"{{{', '.join(written)}}}"

    def _input(self, of_type: Any) -> object:
        if self._happens(self.hostility):
            return self.random.choice([None, True, 3.5, 2**40, "", [], {}, [None], {"a": 1}])
        if is_non_null_type(of_type):
            return self._input(_inner(of_type))
        if is_list_type(of_type):
            return [self._input(_inner(of_type)) for _ in range(self.random.randrange(3))]
        if isinstance(of_type, GraphQLInputObjectType):
            return {
                name: self._input(each.type)
                for name, each in of_type.fields.items()
                if is_required_input_field(each) or self._happens(0.3)
            }
        if isinstance(of_type, GraphQLEnumType):
            return self.random.choice(list(of_type.values))
        values = {
            "Int": 3,
            "Boolean": True,
            "Money": 900,
            "Points": 9,
            "DateTime": "2026-11-28T00:00:00+08:00",
        }
        return values.get(of_type.name, "0192f000-0000-7000-8000-000000000001")

    def _happens(self, chance: float) -> bool:
        return self.random.random() < chance


def _nullable(of_type: Any) -> Any:
    return cast("Any", get_nullable_type(of_type))


def _inner(of_type: Any) -> Any:
    return of_type.of_type
