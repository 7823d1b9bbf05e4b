"""A group of commands whose help says of each what it does, to the end of the sentence."""

import click

_WHOLE = 400  # characters; click cuts at the end of a line by default


class Group(click.Group):
    """A group whose list of commands cuts no sentence off."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, each with the first sentence of its help."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(n, c.get_short_help_str(_WHOLE)) for n, c in found if c is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
