"""Tests of points over HTTP."""
