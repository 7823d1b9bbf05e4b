"""`digest completion`: the script that lets a shell complete commands, options and ids."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script for a shell.

    \b
    bash:  digest completion bash > ~/.local/share/bash-completion/completions/digest
    zsh:   digest completion zsh > ~/.zfunc/_digest   (with ~/.zfunc in fpath, before compinit)
    fish:  digest completion fish > ~/.config/fish/completions/digest.fish
    """  # noqa: D301  # click's mark for lines that stay as they are
    from digest.cli import command_line

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell} is not known")
    click.echo(kind(command_line, {}, "digest", "_DIGEST_COMPLETE").source())
