"""What holds for every test: property tests draw the same examples in every run.

A failure of one machine is then a failure of all. ``HARNESS_RANDOM=1`` draws anew each time.
"""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True)
if not os.environ.get("HARNESS_RANDOM"):
    settings.load_profile("same")
