"""The GraphQL edge: everything that speaks HTTP. Knows the domain; never the workers."""
