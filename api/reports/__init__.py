"""Reports of days, for who keeps the books."""
