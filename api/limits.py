"""How large a document may be, as one table of numbers (architecture 0.29)."""

from collections.abc import Mapping

from graphql import DocumentNode, FragmentDefinitionNode

from domain.kernel.errors import Fault, FaultCode
from domain.kernel.language import Sentence

MOST_TOKENS = 2_000
MOST_COMMENTS = 200
DEEPEST = 10
MOST_ALIASES = 15
MOST_DIRECTIVES = 50
MOST_OPERATIONS = 10
MOST_FRAGMENTS = 100
DEEPEST_NESTING = 60
"""Selection sets within each other, through fragments and inline ones, which depth does not
count: this bounds how deep any walk over a document goes."""
MOST_MUTATIONS = 1
"""One value-moving root field for each request: nothing is half done between two of them."""
MOST_REPEATS = 100
"""How often one response name may stand in a document: validation compares each with each."""
HIGHEST_COST = 5_000
HIGHEST_INTROSPECTION_COST = 100_000
"""What a tool's whole introspection costs, with room for the schema to grow."""

SIZE = "size"
_TOO_LARGE = Sentence(
    zh="查询超出限制：{what}为 {count}，上限 {most}。",
    en="The document is over a limit: {what} {count}, at most {most}.",
)


def sized(items: int) -> Mapping[str, int]:
    """Metadata of a list field without pages: how many items it counts as in the cost."""
    return {SIZE: items}


def too_costly(what: str, count: int, most: int) -> Fault:
    """The fault of a document that is over one of the limits."""
    return Fault(
        FaultCode.TOO_COSTLY, _TOO_LARGE, particulars={"what": what, "count": count, "most": most}
    )


def within(what: str, count: int, most: int) -> None:
    """Hold one figure of a document against its limit; raises a TOO_COSTLY `Fault`."""
    if count > most:
        raise too_costly(what, count, most)


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
