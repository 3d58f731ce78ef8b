"""Public answers that a process keeps."""
