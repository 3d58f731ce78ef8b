"""Cases after the sale, in the domain."""
