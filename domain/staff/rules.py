"""What staff have to say when they change something, and what an account may be: pure judgement."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from domain.kernel.actors import STORE_ROLES, Role
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, NOT_FOUND, REPEATED, TOO_LONG, TOO_MANY

LONGEST_REASON = 500
LONGEST_NAME = 40
LONGEST_BLOCK_REASON = 200
MOST_STORES = 100
RECOVERY_CODES = 10
NOT_YOUR_STORE = ProblemKind(
    "not_your_store", Sentence(zh="这不是您所在的门店。", en="This is not your store.")
)
NOT_A_LOGIN = ProblemKind(
    "not_a_login",
    Sentence(
        zh="必须是 3 到 50 个小写字母、数字、点、连字符或下划线。",
        en="Must be 3 to 50 small letters, digits, dots, hyphens and underscores.",
    ),
)
NOT_PRINTABLE = ProblemKind(
    "not_printable", Sentence(zh="不能包含不可见字符。", en="Must not hold invisible characters.")
)
NO_STORE_ROLE = ProblemKind(
    "no_store_role",
    Sentence(zh="只有导购和店长属于门店。", en="Only guides and store managers belong to stores."),
)
_LOGIN = re.compile(r"[a-z0-9._-]{3,50}")
AT_ANY_PAD = frozenset({Role.OPERATOR, Role.OWNER})
"""Those who run the mall may sign in at each pad; who works in stores at those of their stores."""


def problems_of_reason(reason: str) -> Iterator[Problem]:
    """What is wrong with the words why something is changed."""
    if not reason.strip():
        yield MISSING.at("reason")
    elif len(reason) > LONGEST_REASON:
        yield TOO_LONG.at("reason", most=LONGEST_REASON)


def tidy_login(typed: str) -> str:
    """A login as it is kept, however it was typed."""
    return typed.strip().lower()


def tidy_staff_name(written: str) -> str:
    """A name as it is kept: composed (NFC), without spaces around it."""
    return unicodedata.normalize("NFC", written).strip()


def problems_of_login(login: str) -> Iterator[Problem]:
    """What is wrong with a tidy login."""
    if not _LOGIN.fullmatch(login):
        yield NOT_A_LOGIN.at("login")


def problems_of_staff_name(name: str) -> Iterator[Problem]:
    """What is wrong with a tidy name."""
    if not name:
        yield MISSING.at("name")
    elif len(name) > LONGEST_NAME:
        yield TOO_LONG.at("name", most=LONGEST_NAME)
    elif not name.isprintable():
        yield NOT_PRINTABLE.at("name")


def problems_of_stores(
    role: Role, store_ids: Sequence[UUID], known: Collection[UUID]
) -> Iterator[Problem]:
    """What is wrong with the stores of somebody in the role; ``known`` are those that are stores.

    Who works in stores has at least one, and who works for the whole mall has none.
    """
    if role not in STORE_ROLES:
        if store_ids:
            yield NO_STORE_ROLE.at("storeIds")
    elif not store_ids:
        yield MISSING.at("storeIds")
    elif len(store_ids) > MOST_STORES:
        yield TOO_MANY.at("storeIds", most=MOST_STORES)
    for number, store_id in enumerate(store_ids):
        if store_id not in known:
            yield NOT_FOUND.at(f"storeIds.{number}")
        elif store_id in store_ids[:number]:
            yield REPEATED.at(f"storeIds.{number}", value=store_id.hex)


def problems_of_staff_block(told: str) -> Iterator[Problem]:
    """What is wrong with the words that somebody is told who is kept out."""
    if not told.strip():
        yield MISSING.at("blockReason")
    elif len(told) > LONGEST_BLOCK_REASON:
        yield TOO_LONG.at("blockReason", most=LONGEST_BLOCK_REASON)
