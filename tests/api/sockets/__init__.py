"""Tests of subscriptions, over real connections to a real server."""
