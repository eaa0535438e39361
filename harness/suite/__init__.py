"""Scenarios run: files in, one verdict a scenario, one evidence a run.

The runner knows nothing of pytest and nothing of the ledger. It produces evidence; recording
evidence is another act, by the party that keeps the ledger.
"""
