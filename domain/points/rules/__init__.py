"""What may happen to points, decided on books in memory: pure, exact, and written afterwards.

`books` are what the ledger says of an account; each other module decides about one concern by
moving points within a book. A decision either is whole or raises before it has moved anything.
"""
