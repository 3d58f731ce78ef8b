"""Tests of what is decided on books."""
