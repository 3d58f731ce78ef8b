"""The ports' implementations: what of the world outside the domain is spoken to, and how.

Only the mains choose among them; everything else knows the ports.
"""
