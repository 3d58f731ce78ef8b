"""Tests of what WeChat is told of shipping, over HTTP."""
