"""What the mall is: its tables, its rules, its reads and its use cases.

Knows SQLAlchemy; knows no transport, no queue and no client (docs/architecture.md).
"""
