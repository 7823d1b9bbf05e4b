"""Reads rendered HTML the way a suspicious reader would: tags, attributes, links, words."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Everything that a segment's HTML consists of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.headings: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._open.append(tag)
        if tag in {"h1", "h2", "h3"}:
            self.headings.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.texts.append(data)
        if self.headings and {"h1", "h2", "h3"} & set(self._open):
            tag, text = self.headings[-1]
            self.headings[-1] = (tag, text + data)

    @property
    def links(self) -> list[str]:
        """Where its links lead, in order."""
        return [value or "" for name, value in self.attributes if name == "href"]

    @property
    def text(self) -> str:
        """What it says, in one line."""
        return " ".join("".join(self.texts).split())
