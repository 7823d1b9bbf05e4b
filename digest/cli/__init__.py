"""The command line: one short function a command, loaded when it is called.

Results go to stdout, progress and logs to stderr. Exit status: 0 done, 1 failed, 2 usage, 75
another `run` holds the folder, 78 bad configuration or state, 130 ended by Ctrl-C.
"""

import importlib
import os
import sys

import click
from click.shell_completion import CompletionItem

from digest import __version__
from digest.cli import shells
from digest.english import counted
from digest.errors import ConfigError, DigestError

INTERRUPTED = 128 + 2  # what a shell says of a command that SIGINT has ended

# name → (module, what `--help` says of it). The modules are imported when their command is used.
COMMANDS = {
    "init": ("setup", "Start a project: a feeds.toml of your own."),
    "demo": ("demo", "Run the whole way on bundled feeds: poll, stories, issue, mails."),
    "check": ("setup", "Say everything that is wrong with the configuration."),
    "doctor": ("doctor", "Look for what people get wrong, and say what to do."),
    "run": ("run", "Run the service: poll, make stories, publish, send."),
    "reload": ("reload", "Let the running service take over what you have changed."),
    "service": ("service", "Let systemd run the service: install, uninstall."),
    "poll": ("poll", "One round now: ask the feeds, make stories."),
    "preview": ("preview", "Show an issue exactly as it would be sent; changes nothing."),
    "send": ("send", "Publish an issue now and send it."),
    "stories": ("stories", "Stories: list, show; merge, split, lead, exclude."),
    "tag": ("tag", "Tag and group text or JSON Lines from stdin, and say why."),
    "subscribers": ("subscribers", "Readers: add, list, show, remove, import."),
    "feeds": ("feeds", "Feeds: list, add, check, discover, import, export."),
    "alerts": ("alerts", "What cannot wait: list, test, history, mute."),
    "issue": ("issues", "Issues: list, show; approve, hold, note, first; pause, cancel."),
    "next": ("coming", "The issues that come: when, to how many, and why then."),
    "explain": ("explain", "Follow a story, an entry, a reader or a feed all the way."),
    "archive": ("archive", "The issues that are out, as pages for any web server."),
    "outbox": ("outbox", "Messages on their way: list, send, retry, resolve."),
    "prove": ("outbox", "What each reader of an issue was sent, and what their server said."),
    "completion": ("completion", "Print the script that completes commands in your shell."),
    "inbox": ("inbox", "Take one message from stdin, as a mail server's pipe does."),
    "status": ("status", "How things stand, on one screen."),
    "health": ("health", "Whether the service does its work: exit 0 or 1."),
    "backup": ("backup", "A checked copy of the state, also while the service runs."),
    "restore": ("backup", "Put a backup in place, such that nothing is sent twice."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported one by one, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"digest.cli.{module}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. `digest stories | head` is no error: the reader has seen enough.

        Here, because click itself would end with 1.
        """
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # so that a closed pipe is met here
        except click.NoSuchOption as error:
            if error.option_name != "--project":
                raise
            words = "--project stands before the command: digest --project DIR COMMAND"
            raise click.UsageError(words, error.ctx) from error
        except BrokenPipeError:
            # Keep the interpreter from complaining when it flushes stdout on the way out.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except KeyboardInterrupt:
            click.echo("\ndigest: interrupted", err=True)
            ctx.exit(INTERRUPTED)
        return result

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant; a slip is answered with the name that is like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            like = " or ".join(map(repr, get_close_matches(args[0], COMMANDS)))
            if not like:
                raise
            words = f"No such command {args[0]!r}. Did you mean {like}?"
            raise click.UsageError(words, ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command without importing any."""
        names = (name for name in COMMANDS if name.startswith(incomplete))
        found = [CompletionItem(name, help=COMMANDS[name][1]) for name in names]
        return found + click.Command.shell_complete(self, ctx, incomplete)


shells.add()


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001  # click's form
    if asked:
        click.echo(f"digest {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--project",
    "folder",
    type=click.Path(file_okay=False),
    default=lambda: os.environ.get("DIGEST_PROJECT", "."),
    help="The folder of feeds.toml and state/. Default: here, or DIGEST_PROJECT.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def command_line(ctx: click.Context, folder: str) -> None:
    """Read the news about Japan's car industry so that your readers need not."""
    from pathlib import Path  # none is needed for `--help`, `--version` or completion

    from digest.cli.project import Project
    from digest.logs import write_log

    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False
    ctx.obj = Project(Path(folder).absolute())
    if ctx.invoked_subcommand != "inbox":  # which has a status of its own for all that is wrong
        write_log()


def main() -> None:
    """Run the command line and end the process with its status."""
    _open_streams()
    try:
        command_line(prog_name="digest")
    except ConfigError as error:
        click.echo(f"{counted(len(error.problems), 'problem')} with the configuration:", err=True)
        for problem in sorted(error.problems, key=lambda one: (one.file, one.line or 0)):
            click.echo(f"  {problem}", err=True)
        sys.exit(error.exit_code)
    except DigestError as error:
        click.echo(f"digest: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # a folder that may not be written, a disk that is full
        where = "" if error.filename is None else f"{error.filename}: "
        click.echo(f"digest: {where}{error.strerror or error}", err=True)
        sys.exit(1)


def _open_streams() -> None:
    """Let what was closed (`digest status >&-`) lead nowhere.

    No file that is opened later gets its number then, into which a stray word would be written.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8"))
