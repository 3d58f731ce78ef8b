"""Members in the schema: what they are to themselves, and what staff do."""
