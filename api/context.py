"""What a resolver may know of the request that it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import strawberry
from graphql import FieldNode, FragmentDefinitionNode

from domain.kernel.db import ReadPool
from domain.kernel.language import Language


@dataclass(frozen=True, slots=True)
class Context:
    """One request: in which language, from which pool, with pictures under which address."""

    language: Language
    reads: ReadPool
    media_url: str


class Info(strawberry.Info[Context, None]):
    """What strawberry knows of a field, and the part of the document that it stands for."""

    @property
    def field_nodes(self) -> Sequence[FieldNode]:
        """Where the field stands in the document: several nodes, when it is asked twice."""
        return self._raw_info.field_nodes

    @property
    def fragments(self) -> Mapping[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        return self._raw_info.fragments
