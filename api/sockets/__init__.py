"""Subscriptions: over a WebSocket (graphql-transport-ws), and as server-sent events (graphql-sse).

Both protocols run a subscription in the same way (`operations.py`) and count as connections of the
process (`connections.py`), which looks each second whether who opened one may still be here.
"""
