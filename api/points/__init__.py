"""Points in the schema."""
