"""From a published interface description to an explained, auditable go-live decision.

Three books and one machine: ``contracts/`` says what the account promises, ``scenarios/`` what a
supplier must show, ``events/`` what the record may contain; this package reads the three books.
"""

__version__ = "0.1.0"
