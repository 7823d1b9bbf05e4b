"""Where click's way to complete words in a shell falls short: `--period=2026`, and commas."""

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)


class _WithOption(ShellComplete):
    """Completes the value in `--option=value`, which the shell takes for one word."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """The words that can stand there."""
        found = super().get_completions(args, incomplete)
        name, sign, _ = incomplete.partition("=")
        if not (sign and name.startswith("--")):
            return found
        return [CompletionItem(f"{name}={each.value}", each.type, each.help) for each in found]


class Bash(_WithOption, BashComplete):
    """For bash, to which it is three words."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is typed, and that one."""
        words, begun = super().get_completion_args()
        return [word for word in words if word != "="], begun


class Zsh(_WithOption, ZshComplete):
    """For zsh."""


class Fish(_WithOption, FishComplete):
    """For fish, whose script by click cuts words and help off at their first comma."""

    source_template = FishComplete.source_template.replace('split ","', 'split -m 1 ","')


def add() -> None:
    """Let click use these."""
    for each in (Bash, Zsh, Fish):
        add_completion_class(each)
