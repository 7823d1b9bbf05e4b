"""Where the pages of a reader lie: mails link to them, and the web stage serves them.

A token stands in the path, never in the query: servers and browsers hand queries on.
"""

CONFIRM = "c"
LEAVE = "u"
PREFERENCES = "p"
VIEW = "v"
ABOUT = "about"  # what a reader can do who has no link of their own at hand


def page(public_url: str, kind: str, token: str) -> str:
    """The address of a page that a token opens."""
    return f"{public_url}/{kind}/{token}"


def archive(public_url: str) -> str:
    """The address of the page that lists all issues."""
    return f"{public_url}/archive/"


def about(public_url: str) -> str:
    """The address of the page that says how to change or end a subscription."""
    return f"{public_url}/{ABOUT}"
