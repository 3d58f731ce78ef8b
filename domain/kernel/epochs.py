"""Epochs: what public answers tell of, and how processes hear that it has changed.

Who changes one of the subjects says so in the transaction of the change. PostgreSQL passes it on
when that has committed, and never where it is rolled back, also to a savepoint: whoever hears of
an epoch reads the change. No row is touched for it, so nobody waits for anybody, but for the moment
of their commits: PostgreSQL lets those that tell something pass one by one. What is told by these
are changes of operators, who take turns anyhow. No purchase may tell anything.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import Function, func

CHANNEL = "mall_epochs"
"""Where it is told; what is told is the subject."""


class Subject(StrEnum):
    """What is changed as one; stock is none, because every purchase would change it."""

    CATALOG = "catalog"
    CONSENT_TEXTS = "consent_texts"
    FREIGHT = "freight"
    STORES = "stores"


def next_epoch(subject: Subject) -> Function[Any]:
    """To be selected by a statement of a transaction: it changes the subject, if it commits."""
    return func.pg_notify(CHANNEL, subject.value)
