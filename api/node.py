"""What every thing with an id has in common."""

import strawberry


@strawberry.interface(description="A thing with an id of its own, unique in the whole mall.")
class Node:
    id: strawberry.ID = strawberry.field(description="The thing's id; opaque.")
