"""Who answers: the account in process, or an endpoint named in ``harness.toml``.

Whatever an endpoint does is data, an ``Answer`` or a ``Problem`` of a closed list; only mistakes
of configuration raise.
"""
