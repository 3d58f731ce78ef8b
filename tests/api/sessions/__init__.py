"""Tests of people's own sessions."""
