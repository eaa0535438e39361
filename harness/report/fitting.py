"""Lines as wide as the terminal: what is longer goes on below, indented a little more."""

import textwrap

_NARROWEST = 40
_DEEPER = "    "


def fitted(text: str, width: int) -> str:
    """Text whose lines are broken between words.

    Args:
        text: any number of lines.
        width: of the terminal, in characters. Words that are longer, such as paths, stay whole.
    """
    return "\n".join(part for line in text.split("\n") for part in _broken(line, width))


def _broken(line: str, width: int) -> list[str]:
    if len(line) <= width or width < _NARROWEST:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line.lstrip(),
        width,
        initial_indent=indent,
        subsequent_indent=indent + _DEEPER,
        break_long_words=False,
        break_on_hyphens=False,
    )
