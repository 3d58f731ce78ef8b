"""Points in the schema: for members and for the staff."""
