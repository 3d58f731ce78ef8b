"""Cases after the sale, over GraphQL."""
