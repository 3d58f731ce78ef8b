"""Tests of shipping duties on rows."""
