"""After-sales over GraphQL: what members ask for, and how the staff answer."""
