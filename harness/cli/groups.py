"""A group of commands as its help lists them."""

from typing import Final

import click

_WHOLE: Final = 400
"""Characters of a sentence that no command's first one has."""


class Group(click.Group):
    """Lists each command with the whole first sentence of its help, on as many lines as it takes.

    Click itself cuts the sentence where the line ends.
    """

    group_class = type

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, each.get_short_help_str(_WHOLE)) for name, each in found if each]
            )
