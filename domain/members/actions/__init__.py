"""What members do, and what staff do to members; a module for each subject."""
