"""What every context stands on; imports no context."""
