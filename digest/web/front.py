"""Which part of the stage answers which request; limits, errors and the log of all of them.

A token is never written to the log, nor is an address of a reader.
"""

import asyncio
import math
from typing import assert_never

from digest.errors import DigestError
from digest.logs import Log
from digest.web import choosing, joining, leaving, reading
from digest.web.answers import Answer
from digest.web.forms import Fields, NotAForm, read_form
from digest.web.limits import Limiter, Rate
from digest.web.routes import (
    About,
    Archive,
    Choose,
    Confirm,
    Health,
    Home,
    Leave,
    Route,
    Sheet,
    View,
    methods_of,
    route_of,
)
from digest.web.site import Site
from digest.web.visit import Request, Visit

log = Log(__name__)

LOOKING = Rate(burst=120, seconds=0.25)
ASKING = Rate(burst=6, seconds=60)  # each makes us write to somebody
CHANGING = Rate(burst=30, seconds=3)


class Front:
    """Takes every request to the pages of a site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._looking = Limiter(LOOKING)
        self._asking = Limiter(ASKING)
        self._changing = Limiter(CHANGING)

    async def answer(self, request: Request) -> Answer:
        """Do what is asked. Never raises but when it is cancelled."""
        visit = self.site.visit(request)
        route = route_of(request.path)
        try:
            made = await self._route(request, visit, route)
        except TimeoutError:
            log.warning("web.slow", route=_name(route))
            made = self.site.error(503, visit, {"Retry-After": "60"})
        except DigestError as error:
            log.error(  # noqa: TRY400  # ours: no trace needed
                "web.failed", route=_name(route), reason=str(error)
            )
            made = self.site.error(500, visit)
        except Exception:  # a page must not show what went wrong inside
            log.exception("web.crashed", route=_name(route))
            made = self.site.error(500, visit)
        if request.method == "POST":
            log.info("web.answered", method="POST", route=_name(route), status=made.status)
        else:
            log.debug("web.answered", method="GET", route=_name(route), status=made.status)
        return made

    def refuse(self, request: Request, status: int) -> Answer:
        """The page for what cannot be taken at all."""
        log.info("web.refused", status=status)
        return self.site.error(status, self.site.visit(request))

    async def _route(self, request: Request, visit: Visit, route: Route | None) -> Answer:
        wait = self._too_early(request, route)
        if wait:
            return self.site.error(429, visit, {"Retry-After": str(math.ceil(wait))})
        if route is None:
            return self.site.error(404, visit)
        allowed = methods_of(route)
        if request.method not in allowed:
            return self.site.error(405, visit, {"Allow": ", ".join(allowed)})
        if request.method != "POST":
            return await self._show(visit, route)
        fields = read_form(request.content_type, request.body)
        if isinstance(fields, NotAForm):
            return self.site.error(fields.status, visit)
        return await self._act(visit, route, fields)

    async def _act(self, visit: Visit, route: Route, fields: Fields) -> Answer:
        """What a form brings about."""
        match route:
            case Home():
                return await joining.ask(self.site, visit, fields)
            case Confirm(token):
                return await joining.confirm(self.site, visit, token)
            case Choose(token):
                return await choosing.change(self.site, visit, token, fields)
            case Leave(token):
                return await leaving.leave(self.site, visit, token, fields)
            case About() | View() | Archive() | Sheet() | Health():
                return self.site.error(405, visit)  # methods_of lets nothing come here
            case _:
                assert_never(route)

    async def _show(  # noqa: PLR0911  # one for each page
        self, visit: Visit, route: Route
    ) -> Answer:
        """What looking brings; it changes nothing."""
        match route:
            case Home():
                return joining.form(self.site, visit)
            case Confirm():
                return joining.question(self.site, visit)
            case Choose(token):
                return await choosing.show(self.site, visit, token)
            case Leave():
                return leaving.question(self.site, visit)
            case View(token):
                return await reading.segment(self.site, visit, token)
            case Archive(path):
                return await reading.archived(self.site, visit, path)
            case About():
                return leaving.about(self.site, visit)
            case Sheet():
                return reading.sheet(self.site, visit)
            case Health():
                return await reading.health(self.site)
            case _:
                assert_never(route)

    def _too_early(self, request: Request, route: Route | None) -> float:
        """How many seconds this visitor has to wait before we do what they ask."""
        now = asyncio.get_running_loop().time()
        if request.method != "POST":
            known = isinstance(route, Health)
            return 0.0 if known else self._looking.wait(request.visitor, now)
        match route:
            case Leave():  # RFC 8058: a provider asks for all of its customers from few addresses
                return 0.0
            case Home():
                return self._asking.wait(request.visitor, now)
            case _:
                return self._changing.wait(request.visitor, now)


def _name(route: Route | None) -> str:
    return "none" if route is None else type(route).__name__.lower()
