"""Tests of paying over HTTP."""
