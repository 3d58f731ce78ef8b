"""The catalogue in the schema."""
