"""The record: append-only, in a SQLite file or on a PostgreSQL server; every transaction is sealed.

``Ledger`` (application) is the way in; ``verify`` checks a ledger without trusting it.
"""
