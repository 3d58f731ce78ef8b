"""What settings have in common: their names, tokens, and groups that are of use only whole."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, SecretStr

PREFIX = "MALL_"

_SHORTEST_TOKEN = 16


class Fields(BaseModel):
    """Some of the settings, of use only as a part of all of them."""

    # What checks a part alone is never asked for, and takes time to make.
    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)


def variable(field: str) -> str:
    """The environment variable of a setting's field."""
    return PREFIX + field.upper()


def require_all_or_none(values: Mapping[str, object]) -> bool:
    """Whether a group of settings is given; ValueError names what is missing of a part of it."""
    given = [variable(field) for field, value in values.items() if value is not None]
    missing = [variable(field) for field, value in values.items() if value is None]
    if given and missing:
        verb = "is" if len(missing) == 1 else "are"
        raise ValueError(f"{', '.join(missing)}: {verb} missing; {given[0]} is of no use without")
    return bool(given)


def no_guess(value: SecretStr | None) -> SecretStr | None:
    """A token as it was given; ValueError where it is short enough to be guessed."""
    if value is not None and len(value.get_secret_value()) < _SHORTEST_TOKEN:
        raise ValueError(f"must have at least {_SHORTEST_TOKEN} characters")
    return value
