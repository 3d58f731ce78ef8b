"""Example variables filled in as the page does it (``fill.ts``)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

import msgspec

from api.playground.catalogue import REFERENCE, Catalogue, Entry
from domain.kernel.clock import system_clock
from tests.api.client import Api

_RANDOM = Random(11)
_OPEN = re.compile(r"<.+>|[\w/]*…[\w.]*")


async def filled(
    api: Api, catalogue: Catalogue, entry: Entry, headers: dict[str, str]
) -> dict[str, Any]:
    """The variables of an operation with things of the mall that is asked."""
    variables = msgspec.json.decode(entry.variables)
    fresh = f"{_RANDOM.getrandbits(40):X}"
    answers: dict[str, Any] = {"requestId": str(UUID(int=_RANDOM.getrandbits(128), version=4))}
    for name, _ in references(variables):
        if name != "inDays" and name not in answers:
            answers[name] = await _answered(api, catalogue, name, headers)
    return _replaced(variables, answers, catalogue, fresh)


def to_fill_in(value: Any, name: str = "") -> Iterator[str]:
    """The variables that whoever runs an operation has to fill in first, as the page names them."""
    if isinstance(value, str) and _OPEN.fullmatch(value):
        yield name
    below = f"{name}." if name else ""
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from to_fill_in(each, f"{below}{key}")
    elif isinstance(value, list):
        for place, each in enumerate(cast("list[Any]", value)):
            yield from to_fill_in(each, f"{below}{place}")


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
    return msgspec.json.encode(part).decode().strip('"') == word if word else part is not None


def _is_many(value: object) -> bool:
    return isinstance(value, list)


def at(value: Any, path: str) -> Any:
    """What stands at the end of a path, steps between dots."""
    for step in filter(None, path.split(".")):
        if step.startswith("?"):
            value = next((each for each in value or () if _fits(each, step[1:])), None)
        elif step.isdecimal():
            value = value[int(step)] if _is_many(value) and int(step) < len(value) else None
        else:
            value = value[step] if value is not None else None
    return value


async def _answered(api: Api, catalogue: Catalogue, name: str, headers: dict[str, str]) -> Any:
    fill = catalogue.fills[name]
    if fill.query is None:
        return fill.missing
    answer = await api.query(fill.query, headers)
    found = at(answer["data"], fill.path) if "errors" not in answer else None
    return fill.missing if found is None else found


def _part(answers: dict[str, Any], catalogue: Catalogue, name: str, path: str) -> Any:
    """A part of an answer; what stands in for it where the answer lacks it."""
    found = at(answers[name], path)
    if found is not None or name not in catalogue.fills:
        return found
    stands_in = at(catalogue.fills[name].missing, path)
    return stands_in if list(to_fill_in(stands_in)) else None


def _replaced(value: Any, answers: dict[str, Any], catalogue: Catalogue, fresh: str) -> Any:
    if isinstance(value, str):
        if found := REFERENCE.fullmatch(value):
            if found[1] == "inDays":
                return (system_clock() + timedelta(days=int(found[2]))).isoformat()
            return _part(answers, catalogue, found[1], found[2] or "")
        return value.replace("$fresh", fresh)
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value).items()
        return {key: _replaced(each, answers, catalogue, fresh) for key, each in fields}
    if not _is_many(value):
        return value
    return [_replaced(each, answers, catalogue, fresh) for each in value]
