"""Example variables filled in as the page does it (``fill.ts``)."""

from random import Random
from typing import Any, cast
from uuid import UUID

import msgspec

from api.playground.catalogue import REFERENCE, Catalogue, Entry
from tests.api.client import Api

_RANDOM = Random(11)


async def filled(
    api: Api, catalogue: Catalogue, entry: Entry, headers: dict[str, str]
) -> dict[str, Any]:
    """The variables of an operation with things of the mall that is asked."""
    variables = msgspec.json.decode(entry.variables)
    fresh = f"{_RANDOM.getrandbits(40):X}"
    answers: dict[str, Any] = {"requestId": str(UUID(int=_RANDOM.getrandbits(128), version=4))}
    for name, _ in references(variables):
        if name not in answers:
            answers[name] = await _answered(api, catalogue, name, headers)
    return _replaced(variables, answers, fresh)


def references(value: Any) -> set[tuple[str, str]]:
    """The fills that variables point to, each with the path within it."""
    if isinstance(value, str):
        found = REFERENCE.fullmatch(value)
        return {(found[1], found[2] or "")} if found else set()
    if isinstance(value, dict):
        return references([*cast("dict[str, Any]", value).values()])
    return {each for part in value for each in references(part)} if _is_many(value) else set()


def _fits(value: Any, wanted: str) -> bool:
    path, _, word = wanted.replace("/", ".").partition("=")
    part = at(value, path)
    return part == word if word else part is not None


def _is_many(value: object) -> bool:
    return isinstance(value, list)


def at(value: Any, path: str) -> Any:
    """What stands at the end of a path, steps between dots."""
    for step in filter(None, path.split(".")):
        if step.startswith("?"):
            value = next(each for each in value if _fits(each, step[1:]))
        else:
            value = value[int(step)] if step.isdecimal() else value[step]
    return value


async def _answered(api: Api, catalogue: Catalogue, name: str, headers: dict[str, str]) -> Any:
    fill = catalogue.fills[name]
    if fill.query is None:
        return fill.missing
    answer = await api.query(fill.query, headers)
    return at(answer["data"], fill.path)


def _replaced(value: Any, answers: dict[str, Any], fresh: str) -> Any:
    if isinstance(value, str):
        if found := REFERENCE.fullmatch(value):
            return at(answers[found[1]], found[2] or "")
        return value.replace("$fresh", fresh)
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value).items()
        return {key: _replaced(each, answers, fresh) for key, each in fields}
    return [_replaced(each, answers, fresh) for each in value] if _is_many(value) else value
