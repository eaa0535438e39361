"""The account behind a real socket: one process, one thread, an asyncio protocol.

``parsing`` makes requests of bytes, ``site`` says what is answered, ``connection`` is one caller's
connection, ``server`` listens; ``endpoint`` starts it in a background thread for one session.
"""
