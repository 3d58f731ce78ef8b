"""Addresses in the schema: a member's own, and the divisions that they lie in."""
