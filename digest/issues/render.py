"""From a frozen issue and a choice to the HTML and the text of a segment.

Templates come from the project's own folder where it has one of that name, else from the shipped
one. They run in Jinja2's immutable sandbox, fail on values that do not exist, and escape everything
in *.html and *.xml. A mail's styles are inlined after rendering: css-inline parses HTML, and would
move what Jinja2 writes between table rows.
"""

import hashlib
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import css_inline
import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest.errors import TemplateError
from digest.issues import pages
from digest.issues.compose import select
from digest.issues.tell import issue_view
from digest.issues.views import (
    BRIEF,
    FULL,
    SHORT,
    VIEWS,
    Detail,
    IssueView,
    Names,
    OperatorView,
)
from digest.issues.widths import width, wrap
from digest.model import Choice, Issue, Segment
from digest.settings import Settings

HTML = "issue.html"
TEXT = "issue.txt"

# Gmail cuts a message off near 102 kB; 4 kB are kept for the reader's own values.
MAX_HTML = 96_000  # bytes
DETAILS = (FULL, SHORT, BRIEF)

_OURS: Mapping[type, frozenset[str]] = {
    view: frozenset(name for name in dir(view) if not name.startswith("_"))
    for view in (*VIEWS, *pages.VIEWS)
}

View = Callable[[int, Detail], IssueView]  # so many stories, in so much detail


@dataclass(frozen=True, slots=True)
class Rendered:
    """A segment, and why the project's own template was not used for it if it failed."""

    segment: Segment
    failure: TemplateError | None = None


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox of templates."""

    def getattr(self, obj: object, attribute: str) -> object:
        """Let templates see what was made for them; the rest the sandbox examines.

        Its examination of every value would take most of the time of rendering.
        """
        names = _OURS.get(type(obj))
        if names is not None and attribute in names:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


class Renderer:
    """Renders segments with the templates of these folders; the first that has a name wins.

    The last folder is the shipped one: what fails in another is rendered with it alone.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._all = _environment(self._folders)
        self._shipped = _environment(self._folders[-1:])

    def check(self) -> None:
        """Compile every template.

        Raises TemplateError for the first that does not compile.
        """
        for name in self._all.list_templates(extensions=("html", "txt", "xml", "css")):
            with _failures_in(name, self._folders):
                self._all.get_template(name)

    def segment(
        self,
        issue: Issue,
        choice: Choice,
        *,
        settings: Settings,
        names: Names,
        operator: OperatorView | None = None,
    ) -> Rendered:
        """Render an issue for a choice, or for the operator. A segment without stories is empty.

        Raises TemplateError if the shipped templates fail.
        """
        stories = select(issue, choice)
        if not stories:
            nothing = Segment(choice=choice, subject=issue.title, html="", text="", stories=0)
            return Rendered(nothing)
        limit = min(len(stories), settings.max_stories)

        def view(shown: int, detail: Detail) -> IssueView:
            return issue_view(
                issue,
                stories,
                choice,
                shown=shown,
                detail=detail,
                settings=settings,
                names=names,
                operator=operator,
            )

        try:
            return Rendered(self._render(self._all, view, limit, choice))
        except TemplateError as failure:
            if len(self._folders) == 1:
                raise
            return Rendered(self._render(self._shipped, view, limit, choice), failure)

    def document(self, name: str, **values: object) -> tuple[str, TemplateError | None]:
        """Render any other template, and say why the project's own was not used if it failed.

        Raises TemplateError if the shipped template fails.
        """
        try:
            return self._document(self._all, name, values), None
        except TemplateError as failure:
            if len(self._folders) == 1:
                raise
            return self._document(self._shipped, name, values), failure

    def sources(self) -> str:
        """A word that is another one whenever a template is."""
        digest = hashlib.sha256()
        for name in self._all.list_templates():
            path = next(folder / name for folder in self._folders if (folder / name).is_file())
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    def _document(self, environment: Environment, name: str, values: Mapping[str, object]) -> str:
        with _failures_in(name, self._folders):
            return environment.get_template(name).render(values)

    def _render(
        self, environment: Environment, view: View, stories: int, choice: Choice
    ) -> Segment:
        with _failures_in(HTML, self._folders):
            template = environment.get_template(HTML)
            shown, html = _fit(lambda issue: _inlined(template.render(issue=issue)), view, stories)
        with _failures_in(TEXT, self._folders):
            text = environment.get_template(TEXT).render(issue=shown)
        return Segment(
            choice=choice, subject=shown.subject, html=html, text=text, stories=shown.shown
        )


def _fit(render: Callable[[IssueView], str], view: View, stories: int) -> tuple[IssueView, str]:
    """The most that stays within MAX_HTML: fewer lines a story first, then fewer stories."""

    def attempt(shown: int, detail: Detail) -> tuple[IssueView, str, bool]:
        issue = view(shown, detail)
        html = render(issue)
        return issue, html, len(html.encode()) <= MAX_HTML

    for detail in DETAILS:
        issue, html, fits = attempt(stories, detail)
        if fits:
            return issue, html
    issue, html, fits = attempt(1, DETAILS[-1])
    if not fits:
        raise ValueError(f"one story alone makes more than {MAX_HTML} bytes of HTML")
    low, high = 1, stories  # `low` fits, `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        larger, longer, fits = attempt(middle, DETAILS[-1])
        if fits:
            low, issue, html = middle, larger, longer
        else:
            high = middle
    return issue, html


def _inlined(html: str) -> str:
    return css_inline.inline(html, load_remote_stylesheets=False, minify_css=True)


def _environment(folders: Sequence[Path]) -> Environment:
    environment = Environment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith((".html", ".xml")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(wrap=wrap, columns=width)
    return environment


@contextmanager
def _failures_in(name: str, folders: Sequence[Path]) -> Iterator[None]:
    """Turn whatever goes wrong in a template into a TemplateError with its place."""
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(error.name or name, error.lineno, error.message or "") from error
    except jinja2.TemplateNotFound as error:
        raise TemplateError(name, None, f"there is no template {error}") from error
    except Exception as error:  # a template may divide by zero: its faults are not ours to list
        where, line = _place(error, folders) or (name, None)
        raise TemplateError(where, line, str(error) or type(error).__name__) from error


def _place(error: Exception, folders: Sequence[Path]) -> tuple[str, int | None] | None:
    """The innermost template in a traceback, and its line."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for folder in folders:
            if Path(frame.filename).is_relative_to(folder):
                return str(Path(frame.filename).relative_to(folder)), frame.lineno
    return None
