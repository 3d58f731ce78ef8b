"""People's own sessions: seeing them, ending them, and being told when one begins or ends."""
