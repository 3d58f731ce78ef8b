"""Tests of the members in the schema."""
