"""Hot reads of the catalogue: statements compiled once, plain structs out."""
