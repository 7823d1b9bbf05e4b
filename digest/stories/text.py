"""An entry's title and summary as one text, in which places can be named."""

import re

from msgspec import Struct

from digest.stories.tokens import lower

_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s)")

Span = tuple[int, int]  # where something stands in a text: text[start:end]


class Text(Struct, frozen=True, gc=False):
    """Title and summary as one text in normal form, cut into title and sentences."""

    whole: str
    small: str  # the same in lower case, offset by offset
    title: int  # length of the title
    cuts: tuple[int, ...]  # where each sentence of the summary begins; none of a title alone


def text_of(title: str, summary: str) -> Text:
    """One text of a title and a summary in normal form."""
    whole = f"{title}\n{summary}"
    if not summary:
        return Text(whole, lower(whole), len(title), ())
    first = len(title) + 1
    ends = [match.end() for match in _SENTENCE_END.finditer(whole, first)]
    cuts = (first, *[end for end in ends if end < len(whole)])
    return Text(whole, lower(whole), len(title), cuts)
