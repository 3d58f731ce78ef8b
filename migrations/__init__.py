"""The history of the schema; `mall migrate` runs it (docs/architecture.md)."""
