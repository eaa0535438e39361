"""Measurements against peers and limits, always as ratios of one run; never a test.

``python -m bench`` measures every row it has, ``python -m bench 1 2`` those two; see
docs/bench.md. A row is a module below ``bench.rows``: a title, what is compared, and goals.
"""
