"""What a request is answered with, and the headers that keep pages to themselves.

Nothing runs on our pages, nothing is loaded from elsewhere, nobody may frame them, no cookie is
set, and no address of a page is told to another site.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

# Our own pages: one style sheet of ours, forms to ourselves.
OURS = (
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
# Issues carry their styles with them, as mails do; there is nothing to send from them.
ISSUE = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none';"
    " base-uri 'none'"
)

_ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "digest",  # and not which version of what
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, a body and the headers that belong to them."""

    status: int
    body: bytes
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


def page(
    html: str,
    *,
    status: int = 200,
    private: bool = True,
    policy: str = OURS,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A page that is not kept by anybody on the way; a private one is not for search engines."""
    found = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
    if private:
        found["X-Robots-Tag"] = "noindex, nofollow"
    return Answer(
        status=status,
        body=html.encode(errors="replace"),
        headers={**_ALWAYS, "Content-Security-Policy": policy, **found, **(headers or {})},
    )


def file(body: bytes, content_type: str, *, tag: str, seen: str, policy: str = OURS) -> Answer:
    """A file that browsers may keep for a while; nothing but a word where they have seen it."""
    headers = {
        **_ALWAYS,
        "Content-Security-Policy": policy,
        "Cache-Control": "public, max-age=300",
        "ETag": tag,
    }
    known = tag in {each.strip().removeprefix("W/") for each in seen.split(",")}
    if known:
        return Answer(status=304, body=b"", content_type=content_type, headers=headers)
    return Answer(status=200, body=body, content_type=content_type, headers=headers)


def words(text: str, *, status: int = 200) -> Answer:
    """A line of plain text, for programs and for when no page can be made."""
    headers = {**_ALWAYS, "Content-Security-Policy": OURS, "Cache-Control": "no-store"}
    return Answer(status=status, body=text.encode(), content_type=TEXT, headers=headers)
