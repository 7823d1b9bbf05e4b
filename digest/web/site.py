"""What every page is made with: the wired parts, and the ways to make a page of a template."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from digest.clock import Clock
from digest.errors import TemplateError
from digest.issues.pages import INDEX
from digest.issues.render import Renderer
from digest.logs import Log
from digest.settings import Settings
from digest.store import Store, StoreThread
from digest.stories.lexicon import Lexicon
from digest.subscribers.desk import Desk
from digest.subscribers.letters import often
from digest.web import answers
from digest.web.answers import Answer
from digest.web.languages import named_language, wanted_language
from digest.web.routes import route_of
from digest.web.views import NoticeView, QuestionView, frame
from digest.web.visit import Request, Visit
from digest.web.words import LANGUAGES, Said

log = Log(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The pages of one list, wired."""

    settings: Settings
    lexicon: Lexicon
    desk: Desk
    store: Store
    db: StoreThread
    renderer: Renderer
    secret: bytes
    clock: Clock

    @property
    def archive(self) -> Path:
        """The folder of the archive's files."""
        return self.settings.state / "archive"

    def rhythms(self, lang: str) -> list[tuple[str, str]]:
        """The names of all rhythms, with how often that is."""
        editions = self.settings.editions
        known = self.desk.vocabulary.rhythms
        names = [*editions, *sorted(known - {*editions})]
        meant = ((name, often(name, editions, lang)) for name in names)
        return [(name, meaning[:1].upper() + meaning[1:]) for name, meaning in meant]

    # --- pages -----------------------------------------------------------------------------

    def page(
        self,
        visit: Visit,
        template: str,
        heading: str,
        *,
        status: int = 200,
        private: bool = True,
        **values: object,
    ) -> Answer:
        """A page in the visitor's language. Raises TemplateError if it cannot be made."""
        around = frame(
            self.settings,
            visit.path,
            visit.lang,
            heading,
            private=private,
            archive=(self.archive / INDEX).is_file(),
        )
        html = self.document(template, page=around, **values)
        return answers.page(html, status=status, private=private)

    def document(self, template: str, **values: object) -> str:
        """A text made by one of the templates of the pages. Raises TemplateError if it cannot be.

        One of the project's own that fails is said in the log; the shipped one stands in.
        """
        text, failure = self.renderer.document(f"web/{template}", **values)
        if failure is not None:
            log.warning("template.failed", why=str(failure))
        return text

    def notice(
        self, visit: Visit, said: Said, notice: NoticeView | None = None, *, status: int = 200
    ) -> Answer:
        """A page that says something, with more under it if given."""
        shown = notice or NoticeView(paragraphs=(said.text,))
        return self.page(visit, "notice.html", said.heading, status=status, notice=shown)

    def question(
        self, visit: Visit, said: Said, question: QuestionView, *, status: int = 200
    ) -> Answer:
        """A page with one button."""
        return self.page(visit, "question.html", said.heading, status=status, question=question)

    def error(self, status: int, visit: Visit, headers: Mapping[str, str] | None = None) -> Answer:
        """A page that says what is wrong, and nothing of how we are made."""
        words = LANGUAGES[visit.lang]
        said = words.errors.get(status, words.error)
        try:
            made = self.notice(visit, said, status=status)
        except TemplateError:
            log.exception("web.no_error_page")
            made = answers.words(f"{said.heading}. {said.text}\n", status=status)
        return replace(made, headers={**made.headers, **(headers or {})})

    def visit(self, request: Request) -> Visit:
        """The request as far as pages need it, in the language that the visitor wants."""
        named = named_language(request.query)
        lang = named or wanted_language(request.accept_language, self.settings.language)
        # What is no page of ours is not repeated in the links of an error page.
        path = request.path if route_of(request.path) is not None else "/"
        return Visit(path=path, lang=lang, seen=request.seen)
