"""What can be read: an issue as its readers got it, the archive, our style sheet and health."""

import asyncio
import hashlib
import html
from pathlib import Path

from digest.issues import marks
from digest.subscribers import links, tokens
from digest.web import answers
from digest.web.answers import Answer
from digest.web.site import Site
from digest.web.views import in_language
from digest.web.visit import Visit
from digest.web.words import LANGUAGES

ALIVE_WITHIN = 5.0  # seconds

_TYPES = {".html": answers.HTML, ".xml": "application/atom+xml; charset=utf-8"}


async def segment(site: Site, visit: Visit, token: str) -> Answer:
    """An issue as the readers of one choice got it, without what was any reader's own."""
    number = tokens.which_segment(site.secret, token)
    found = None if number is None else await site.db(site.store.issues.find_segment, number)
    if found is None:
        return site.error(404, visit)
    lang = found.choice.language
    about = html.escape(in_language(f"/{links.ABOUT}", lang))
    text = found.html
    for mark in marks.ALL:
        text = text.replace(
            mark, html.escape(LANGUAGES[lang].somebody) if mark == marks.ADDRESS else about
        )
    return answers.page(text, policy=answers.ISSUE)


async def archived(site: Site, visit: Visit, path: str) -> Answer:
    """A file of the archive, as the service wrote it."""
    contents = await asyncio.to_thread(_read, site.archive / path)
    if contents is None:
        return site.error(404, visit)
    return answers.file(
        contents,
        _TYPES[Path(path).suffix],
        tag=_tag(contents),
        seen=visit.seen,
        policy=answers.ISSUE,
    )


def sheet(site: Site, visit: Visit) -> Answer:
    """The style sheet of the pages."""
    contents = site.document("style.css").encode()
    return answers.file(contents, "text/css; charset=utf-8", tag=_tag(contents), seen=visit.seen)


async def health(site: Site) -> Answer:
    """Whether the service answers and its store can be read."""
    async with asyncio.timeout(ALIVE_WITHIN):
        await site.db(site.store.secret)
    return answers.words("ok\n")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _tag(contents: bytes) -> str:
    return f'"{hashlib.sha256(contents).hexdigest()[:32]}"'
