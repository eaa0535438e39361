"""Personal data is searched for: identity codes recognised however written, files opened safely.

``recognising`` and ``decoding`` are pure, on bytes; ``packed`` opens what is packed within limits;
``searching`` walks files.
"""
