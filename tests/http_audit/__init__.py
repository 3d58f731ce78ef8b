"""Compares the API with the GraphQL-over-HTTP specification, by the audits of ``graphql-http``."""
