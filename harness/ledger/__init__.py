"""The record: an append-only SQLite file whose every transaction carries a signed tree head.

``Ledger`` (application) is the way in; ``verify`` checks a ledger without trusting it.
"""
