"""Tests of what orders do to points."""
