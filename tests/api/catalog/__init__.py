"""The catalogue through the front door."""
