"""No personal data left lying: codes recognised however written, files searched, kept ones erased.

``recognising`` and ``decoding`` are pure, on bytes; ``searching`` opens files and what is packed in
them; ``retention`` is the index of messages that were kept on request.
"""
