"""Stock through the front door."""
