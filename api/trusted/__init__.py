"""Trusted documents: what the mall's own frontends send, known when they were built (0.28)."""
