"""WS-Security: signed messages are made, and refereed by position.

``signing`` writes, ``referee`` judges, ``explaining`` says why a signature fails. Nothing here is
imported before a message has to be signed or checked: cryptography takes its time to load.
"""
