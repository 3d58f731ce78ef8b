"""What a document selects below a root field, so that nothing else is fetched."""

from collections.abc import Iterable, Iterator

from strawberry.types.nodes import SelectedField, Selection

from api.context import Info


def selected_paths(info: Info) -> frozenset[str]:
    """Dotted paths of all fields selected below the root field, ``edges.node.title``.

    A field under ``@skip`` or ``@include`` counts as selected: fetching it is never wrong.
    """
    return frozenset(
        path for root in info.selected_fields for path in _paths(root.selections, prefix="")
    )


def _paths(selections: Iterable[Selection], prefix: str) -> Iterator[str]:
    for selection in selections:
        if isinstance(selection, SelectedField):
            path = prefix + selection.name
            yield path
            yield from _paths(selection.selections, prefix=f"{path}.")
        else:
            yield from _paths(selection.selections, prefix)
