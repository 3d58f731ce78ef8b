"""What a resolver may know of the request that it answers."""

from dataclasses import dataclass

import strawberry

from domain.kernel.db import ReadPool
from domain.kernel.language import Language


@dataclass(frozen=True, slots=True)
class Context:
    """One request: in which language, from which pool, with pictures under which address."""

    language: Language
    reads: ReadPool
    media_url: str


Info = strawberry.Info[Context, None]
