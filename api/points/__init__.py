"""Points, as members and the staff see them."""
