"""The catalogue's rules and use cases."""
