"""Tests of the compiler of documents."""
