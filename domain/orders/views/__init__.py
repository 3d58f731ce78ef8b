"""Hot reads of orders: statements compiled once, plain structs out."""
