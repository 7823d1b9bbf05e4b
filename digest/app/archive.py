"""The archive of issues on disk."""

from collections.abc import Callable
from pathlib import Path

from digest import __version__
from digest.app.project import Project
from digest.errors import DigestError
from digest.issues.archive import Built, write_archive
from digest.issues.pages import fingerprint
from digest.logs import Log
from digest.store import Store
from digest.stories.lexicon import Lexicon

log = Log(__name__)


class Archive:
    """The pages of all issues."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._settings = project.settings
        self._store = project.store
        self._archived: tuple[int, int] | None = None  # the mark of what state/archive holds

    def authority(self) -> str:
        """Under whose name issues are known for ever; "" before the first is out."""
        return self._store.archive.authority(self._project.sender.domain)

    def is_old(self) -> bool:
        """Whether an issue has come or gone since state/archive was written; quickly said."""
        newest, _ = mark = self._store.archive.mark()
        return newest > 0 and mark != self._archived

    def build(
        self,
        authority: str,
        folder: Path | None = None,
        *,
        fresh: bool = False,
        go_on: Callable[[], bool] = lambda: True,
    ) -> Built:
        """Bring state/archive up to date, or the archive in another folder.

        Takes its time, and reads the store on a way of its own: any thread may call it. `fresh`
        makes every page anew. Raises DigestError if it cannot be written.
        """
        target = folder or self._settings.archive
        try:
            with Store.open_to_read(self._settings.state) as store:
                mark = store.archive.mark()
                built = write_archive(
                    target,
                    store,
                    self._project.renderer,
                    settings=self._settings,
                    names=self._project.lexicon,
                    made_by=f"{__version__} {_names_in(self._project.lexicon)}",
                    authority=authority,
                    fresh=fresh,
                    go_on=go_on,
                )
        except OSError as error:
            raise DigestError(f"the archive cannot be written: {error}") from error
        if folder is None and built.complete:
            self._archived = mark
        for failure in built.failures:
            log.warning("template.failed", why=str(failure))
        log.info("archive.done", written=built.written, removed=built.removed)
        return built


def _names_in(lexicon: Lexicon) -> str:
    """A word that is another one whenever a company or a topic is called otherwise."""
    names = [
        (id_, named.name)
        for group in (lexicon.companies, lexicon.topics)
        for id_, named in group.items()
    ]
    return fingerprint(names)
