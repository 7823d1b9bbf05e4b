"""How often a process that holds much for long is searched for objects that nothing can reach."""

import gc

_MADE = 10_000  # objects, after which the new ones are looked through; Python's own number is 700


def look_now() -> None:
    """Free at once what only a search finds, such as an app that was replaced."""
    gc.collect()


def look_seldom() -> None:
    """Leave what is there by now alone, for it stays, and look for garbage in the rest seldom.

    What is not in a circle goes at once all the same. To look through thousands of stories after
    every few entries would take a twelfth of the time.
    """
    gc.freeze()
    gc.set_threshold(_MADE)
