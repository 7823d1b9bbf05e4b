"""The text of a systemd user unit for one project folder.

Quoting is that of systemd.service(5): a word in double quotes with C escapes, `%` and `$` doubled.
"""

import re
from pathlib import Path

MARK = "# Written by `digest service install`"
_ODD = re.compile(r"[^A-Za-z0-9_.-]+")


def unit_name(folder: Path) -> str:
    """The name of the unit of a folder: by the folder's own name, so that a person knows it."""
    name = _ODD.sub("-", folder.name).strip("-.") or "project"
    return f"digest-{name}.service"


def word(text: str, *, command: bool = False) -> str:
    """A text as one word of a unit's line; `command` is the first or a later word of a command.

    Raises ValueError for what no such line can hold.
    """
    if any(ord(character) < ord(" ") or character == "\x7f" for character in text):
        raise ValueError(f"{text!r} has control characters, which a unit cannot hold")
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{quoted.replace("$", "$$") if command else quoted}"'


def unit_text(folder: Path, command: tuple[str, ...], version: str) -> str:
    """The unit that runs `command` (a program and its arguments) for a folder.

    Raises ValueError for a path that no unit can hold.
    """
    words = [*command, "--project", str(folder), "run"]
    # systemd expands no $ in the program's own path.
    exec_start = " ".join(word(each, command=bool(place)) for place, each in enumerate(words))
    return f"""{MARK} of digest {version}.
# It may be written again: changes belong into `systemctl --user edit {unit_name(folder)}`.

[Unit]
Description=digest: the news for {_ODD.sub(" ", folder.name)}
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={exec_start}
ExecReload=/bin/kill -HUP $MAINPID
# 75: another digest is at work in the folder, and will end. 2, 78: a person must mend something.
Restart=on-failure
RestartSec=30
RestartPreventExitStatus=2 78
WatchdogSec=5min
# A large state is checked, copied and brought up to date before the service says that it is ready.
TimeoutStartSec=15min
# Messages under way are finished, for at most a minute.
TimeoutStopSec=90
KillMode=mixed
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""
