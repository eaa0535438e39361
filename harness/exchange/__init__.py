"""One message: the envelope, the exchange, and the judge that cannot be fooled.

Bytes come in, a verdict with findings goes out. Nothing here opens a socket or keeps a body
longer than its exchange.
"""
