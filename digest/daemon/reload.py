"""Takes over what the operator has changed: feeds.toml, templates and lexicon, whole or not at all.

What is wrong leaves everything as it is. It is told to whoever asked, in the log, by `digest
status` for as long as it is so, and to the operator in a notice that is settled when it is well.
"""

from collections.abc import Mapping

from digest.app import App
from digest.app.apart import Checked, read_whole
from digest.daemon.changes import changed
from digest.daemon.notify import Notifier
from digest.daemon.parts import RELOAD
from digest.daemon.present import Present
from digest.errors import DigestError
from digest.garbage import look_now
from digest.logs import Log
from digest.model import NoticeKind

log = Log(__name__)

ABOUT = "feeds.toml, templates or lexicon"  # what the notice is about


class Reloader:
    """Reloads for whoever asks, by a signal or by a request in the store."""

    def __init__(
        self, present: Present, notifier: Notifier, environment: Mapping[str, str]
    ) -> None:
        self._present = present
        self._notifier = notifier
        self._environment = environment
        self._signalled = False

    def ask(self) -> None:
        """Reload at the next look."""
        self._signalled = True

    async def tend(self) -> None:
        """Reload once, if anybody has asked since the last look, and answer them."""
        app = self._present.app
        waiting = await app.db(app.store.requests.open)
        asked = [request for request in waiting if request.kind == RELOAD]
        if not asked and not self._signalled:
            return
        signalled, self._signalled = self._signalled, False
        try:
            result, status = await self._reload()
        except BaseException:
            self._signalled = signalled or self._signalled  # it is still owed
            raise
        for request in asked:
            await app.db(app.store.requests.finish, request.id, result, app.clock(), status=status)

    async def _reload(self) -> tuple[str, int]:
        """Take over what there is now; gives the answer and the status of a command."""
        app = self._present.app
        look_now()  # for what reloads before this one have left
        self._notifier.reloading()
        try:
            project = app.settings.project
            checked = await read_whole(project, self._environment)
        except DigestError as error:  # what is on disk is wrong, or could not even be read
            await app.db(reject, app, str(error))
            return f"rejected, and nothing was taken over:\n{error}", error.exit_code
        else:
            heir = await app.db(_take_over, app, checked)
            self._present.replace(heir)
            words = ", ".join(changed(app.settings, heir.settings))
            log.info("config.reloaded", changed=words or None)
            return f"taken over; changed in feeds.toml: {words or 'nothing'}", 0
        finally:
            self._notifier.send("READY=1")


def reject(app: App, words: str) -> None:
    """Keep that the configuration on disk is not the one in use. In the store's thread."""
    rejection = app.store.service.reject(words, app.clock())
    for line in words.splitlines():
        log.error("config.rejected", since=rejection.since, problem=line)
    app.raise_(
        NoticeKind.CONFIG_REJECTED,
        ABOUT,
        f"What was changed was not taken over; the service goes on with what it had:\n{words}\n"
        "`digest check` shows what is wrong; when it is mended, `digest reload`.",
        since=rejection.since,
    )


def accept(app: App) -> None:
    """Keep that the configuration on disk is the one in use. In the store's thread."""
    app.store.service.accept()
    app.settle(NoticeKind.CONFIG_REJECTED, ABOUT)


def _take_over(app: App, checked: Checked) -> App:
    heir = app.hand_over(checked)
    accept(heir)
    return heir
