"""Tests of the media context."""
