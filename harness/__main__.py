"""``harness``, and ``python -m harness``: what an interrupt does before and after the command."""

# The module signal makes enumerations of all there are: 1.5 % of what harness --help costs.
import _signal  # type: ignore[import-not-found]
import os
import sys

_HEARD = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
"""Whether interrupts end this process: who began it may have told it to ignore them."""


def _leave(*_: object) -> None:
    """An exception would be shown with all that was being imported; nothing is open yet."""
    try:
        os.write(2, b"harness: Interrupted; nothing was done.\n")
    finally:
        os._exit(130)


def main() -> None:
    """Run the command line and leave with its exit code.

    Commands clean up after an interrupt, which is an exception to them. When there is nothing left
    to do but to leave, it ends the process as it ends any other.
    """
    _on_interrupt(_leave)
    from harness.cli import execute  # noqa: PLC0415 - most of what is loaded, and now heard

    _on_interrupt(_signal.default_int_handler)
    code = execute()
    _on_interrupt(_signal.SIG_DFL)
    sys.exit(code)


def _on_interrupt(action: object) -> None:
    if _HEARD:
        _signal.signal(_signal.SIGINT, action)


if __name__ == "__main__":
    main()
