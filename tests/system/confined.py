"""Binds this process to the system calls that deploy/digest.service allows, then becomes another.

    python -m tests.system.confined COMMAND…

As systemd does it: a list of what is allowed, what else is asked for is answered EPERM; and with
MemoryDenyWriteExecute no memory is both written and executed. Needs libseccomp and systemd-analyze.
"""

import ctypes
import ctypes.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNIT = Path(__file__).parents[2] / "deploy" / "digest.service"
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM)
MASKED_EQUAL = 7  # SCMP_CMP_MASKED_EQ
WRITE, EXECUTE = 2, 4  # PROT_WRITE, PROT_EXEC


class Compare(ctypes.Structure):
    """struct scmp_arg_cmp of seccomp.h: (argument & mask) == value."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def settings_of(key: str) -> list[str]:
    """The words of every line of the unit that sets this."""
    found = (line.partition("=") for line in UNIT.read_text(encoding="utf-8").splitlines())
    return [value for name, _, value in found if name == key]


def calls_of(group: str) -> Iterator[str]:
    """The system calls of a group, and of those that it names."""
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            yield from calls_of(word)
        elif word and not word.startswith("#"):
            yield word


def allowed() -> set[str]:
    """What the unit allows."""
    calls: set[str] = set(calls_of("@default"))  # systemd always adds what it needs itself
    for words in settings_of("SystemCallFilter"):
        if words.startswith("~"):
            for group in words.removeprefix("~").split():
                calls -= set(calls_of(group)) - set(calls_of("@default"))
        else:
            calls.update(call for group in words.split() for call in calls_of(group))
    return calls | {"execve"}


def confine() -> None:
    """Load both filters; they hold for every process that comes of this one."""
    library = ctypes.CDLL(ctypes.util.find_library("seccomp"), use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    for name in ("seccomp_rule_add_array", "seccomp_load"):
        getattr(library, name).argtypes = None

    def load(default: int, rules: list[tuple[str, int, list[Compare]]]) -> None:
        context = ctypes.c_void_p(library.seccomp_init(default))
        for name, action, compared in rules:
            number = library.seccomp_syscall_resolve_name(name.encode())
            array = (Compare * len(compared))(*compared)
            library.seccomp_rule_add_array(context, action, number, len(compared), array)
        if library.seccomp_load(context) != 0:
            raise OSError("the kernel takes no filter")

    both = Compare(2, MASKED_EQUAL, WRITE | EXECUTE, WRITE | EXECUTE)
    execute = Compare(2, MASKED_EQUAL, EXECUTE, EXECUTE)
    load(
        ALLOW,
        [
            ("mmap", REFUSE, [both]),
            ("mprotect", REFUSE, [execute]),
            ("pkey_mprotect", REFUSE, [execute]),
        ],
    )
    load(REFUSE, [(name, ALLOW, []) for name in sorted(allowed())])


if __name__ == "__main__":
    confine()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606  # no shell is wanted
