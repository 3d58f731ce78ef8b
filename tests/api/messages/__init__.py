"""Tests of messages in the API."""
