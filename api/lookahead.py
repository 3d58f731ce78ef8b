"""What a document selects below a root field, so that nothing else is fetched."""

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

from api.context import Info


def selected_paths(info: Info) -> frozenset[str]:
    """Dotted paths of all fields selected below the root field, ``edges.node.title``.

    A compiled plan knows them already. Without one, a field under ``@skip`` or ``@include`` counts
    as selected: fetching it is never wrong. A fragment is walked once for each place in the tree,
    however often it is spread there.
    """
    if info.planned is not None:
        return info.planned
    seen: set[tuple[str, str]] = set()
    paths: set[str] = set()
    open_sets: list[tuple[SelectionSetNode | None, str]] = [
        (node.selection_set, "") for node in info.field_nodes
    ]
    while open_sets:
        selections, prefix = open_sets.pop()
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                path = prefix + node.name.value
                paths.add(path)
                open_sets.append((node.selection_set, f"{path}."))
            elif isinstance(node, InlineFragmentNode):
                open_sets.append((node.selection_set, prefix))
            elif isinstance(node, FragmentSpreadNode) and (node.name.value, prefix) not in seen:
                seen.add((node.name.value, prefix))
                open_sets.append((info.fragments[node.name.value].selection_set, prefix))
    return frozenset(paths)
