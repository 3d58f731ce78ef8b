"""The house rules that a tool can hold us to (docs/architecture.md); needs no database."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)

from api.schema import SCHEMA, printed_schema
from domain.kernel.db import Base
from domain.kernel.setting_names import PREFIX
from domain.kernel.settings import Settings
from domain.tables import METADATA

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "domain", "workers", "cli", "sandbox", "migrations", "bench", "tests")
MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 45
MAY_COMMIT = {
    "api/oauth/member_grants.py",
    "api/uploads/receiving.py",
    "api/writing.py",
    "cli/client.py",
    "domain/kernel/batcher.py",
    "migrations/env.py",
    "migrations/migrator.py",
    "cli/seed.py",
    "workers/cases.py",
    "workers/earning.py",
    "workers/expiring_points.py",
    "workers/heart.py",
    "workers/messages.py",
    "workers/orders.py",
    "workers/order_exports.py",
    "workers/payments.py",
    "workers/pick_ups.py",
    "workers/points.py",
    "workers/shipment_imports.py",
    "workers/table_jobs.py",
    "workers/receipts.py",
    "workers/shipping_duty.py",
    "workers/relay.py",
    "workers/sweeps.py",
    "workers/virtual_goods.py",
}
"""Who may begin or commit (architecture 0.22): a request's `writing()`, the batcher for many
requests, migrations, the seed, a sweep's chunk, the heart, the note that the bytes of an upload
have come, an engineer's command, and the savepoint in which a code is not spent where nobody is
signed in."""


def modules(*packages: str) -> Iterator[tuple[str, str, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), *parsed(path)


@cache
def parsed(path: Path) -> tuple[str, ast.Module]:
    text = path.read_text()
    return text, ast.parse(text)


def test_the_printed_schema_is_current():
    assert (ROOT / "schema.graphql").read_text() == printed_schema(), "run `make schema`"


def test_everything_in_the_schema_is_described():
    undescribed: list[str] = []
    for type_ in SCHEMA.type_map.values():
        if not type_.name.startswith("__"):
            undescribed += [name for name, text in descriptions(type_) if not text]
    assert undescribed == []


def descriptions(type_: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    yield type_.name, type_.description
    if isinstance(type_, GraphQLEnumType):
        for name, value in type_.values.items():
            yield f"{type_.name}.{name}", value.description
    if isinstance(type_, GraphQLInputObjectType):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field.description
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field.description
            for argument, each in field.args.items():
                yield f"{type_.name}.{name}({argument})", each.description


def test_modules_and_functions_are_short_enough_to_read():
    too_long: list[str] = []
    for path, text, tree in modules(*PACKAGES):
        if text.count("\n") > MOST_MODULE_LINES:
            too_long.append(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    too_long.append(f"{path}: {node.name} has {lines} lines")
    assert too_long == []


def test_every_module_opens_with_a_sentence_about_what_lives_there():
    silent = [path for path, _, tree in modules(*PACKAGES) if not ast.get_docstring(tree)]
    assert silent == []


def test_every_public_class_and_function_of_the_product_says_what_a_caller_needs():
    silent = [
        f"{path}: {node.name}"
        for path, _, tree in modules("api", "domain", "workers", "sandbox", "cli")
        if not path.startswith("api/") or not path.endswith("types.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if is_public_definition(node, tree) and not ast.get_docstring(node)
    ]
    assert silent == []


def is_public_definition(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, tree: ast.Module
) -> bool:
    """A name of the module itself, without a decorator that describes it to the schema."""
    described = any("strawberry" in ast.unparse(each) for each in node.decorator_list)
    return node in tree.body and not node.name.startswith("_") and not described


def test_only_edges_begin_and_commit():
    committing = {
        path
        for path, _, tree in modules("api", "domain", "workers", "cli", "sandbox", "migrations")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"begin", "alone", "commit", "rollback", "begin_nested"}
    }
    assert committing <= MAY_COMMIT


def test_no_module_imports_inside_a_function():
    """But for the command, which loads only the subcommand that runs."""
    inside = [
        f"{path}:{node.lineno}"
        for path, _, tree in modules(*PACKAGES)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_nothing_loads_lazily_and_each_constraint_has_a_name():
    for mapper in Base.registry.mappers:
        assert all(each.lazy == "raise" for each in mapper.relationships), mapper
    for table in METADATA.sorted_tables:
        assert all(constraint.name for constraint in table.constraints), table.name


def test_the_readme_lists_each_setting_with_its_default_and_its_meaning():
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| `(MALL_[A-Z_]+)` \| (.+?) \| (.+) \|$", readme, re.MULTILINE)
    assert rows == [
        (
            PREFIX + name.upper(),
            "–" if field.default is None else f"`{shown(field.default)}`",
            field.description,
        )
        for name, field in Settings.model_fields.items()
    ]


def shown(default: object) -> str:
    return f"{default:g}" if isinstance(default, float) else str(default)


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "HACK"])
def test_nothing_is_left_for_later_without_an_issue(word: str):
    left = [path for path, text, _ in modules(*PACKAGES) if re.search(rf"\b{word}\b(?!\")", text)]
    assert left in ([], ["tests/test_house_rules.py"])
