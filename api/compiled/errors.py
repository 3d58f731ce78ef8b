"""Why something is left to graphql-core."""


class Uncovered(Exception):
    """The compiler does not cover an operation; its words say what of it."""


class Unexpected(Exception):
    """A request on which a plan gives up: graphql-core is to finish it."""
