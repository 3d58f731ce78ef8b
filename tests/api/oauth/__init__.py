"""The OAuth server over HTTP."""
