"""Files and folders of the state: whose they are, and that they are found after a power cut."""

import os
from itertools import chain, count
from pathlib import Path


def hand_over(made: Path | int, folder: Path) -> None:
    """Give what root has made in somebody's folder to whom the folder belongs.

    So commands of root's leave nothing that the service could not open. `made` is a folder's path
    or a file's descriptor.
    """
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    if isinstance(made, int):
        os.fchown(made, owner.st_uid, owner.st_gid)
    else:
        os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=False)


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Make a folder where it is missing, and those above it that it needs. Raises OSError.

    For its owner alone, if `mode` does not say otherwise; that is whoever owns the one above.
    """
    if folder.is_dir():
        return
    if not folder.parent.exists():
        make_folder(folder.parent, mode)
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:  # what somebody else has made meanwhile is theirs
        hand_over(folder, folder.parent)


def free_name(path: Path) -> Path:
    """The path, or one beside it ("before-2.db") where something has its name already."""
    numbered = (path.with_name(f"{path.stem}-{n}{path.suffix}") for n in count(2))
    return next(one for one in chain([path], numbered) if not os.path.lexists(one))


def sync_folder(folder: Path) -> None:
    """Make sure that what was renamed in a folder is found there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
