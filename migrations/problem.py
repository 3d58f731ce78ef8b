"""What an operator is told when a database cannot be brought to a release."""


class MigrationProblem(Exception):
    """The database cannot be brought to the revision; the message says what to do."""
