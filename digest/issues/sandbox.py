"""Where templates run: they see what was made for them, change nothing, and come to an end.

A template is the operator's, so it is trusted to be well meant and not to be right: a loop that
never ends must not keep the service from its other work. Every step of a loop and every call is
counted; what makes more steps than any issue needs fails like any other template that is wrong.
"""

import itertools
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest.errors import TemplateError
from digest.issues import pages
from digest.issues.views import VIEWS
from digest.issues.widths import breakable, width, wrap

MAX_STEPS = 1_000_000  # of loops and calls; the longest issue takes some ten thousand
MAX_REPEATED = 1_000_000  # characters that one multiplication may make

# What a template may see of these: all that has no underscore before it.
_OURS: Mapping[type, frozenset[str]] = {
    view: frozenset(name for name in dir(view) if not name.startswith("_"))
    for view in (*VIEWS, *pages.VIEWS, LoopContext)
}
_FOR_CONTEXT = ("_loop_vars", "_block_vars")  # what Jinja2 passes with a call, not to a macro
_STEPS: ContextVar[Iterator[int]] = ContextVar("steps")


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox of templates."""

    intercepted_binops = frozenset({"*", "**"})

    def getattr(self, obj: object, attribute: str) -> object:
        """Let templates see what was made for them; the rest the sandbox examines.

        Its examination of every value would take most of the time of rendering.
        """
        names = _OURS.get(type(obj))
        if names is not None and attribute in names:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: object, *args: object, **kwargs: object) -> object:
        """Count a call; of a template's own macro the sandbox need not examine anything."""
        _count()
        if type(obj) is Macro:
            for name in _FOR_CONTEXT:
                kwargs.pop(name, None)
            return obj(context.eval_ctx, *args, **kwargs)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Multiply within reason. Raises SecurityError for what would fill the memory."""
        if operator == "**":
            raise SecurityError("** is not for templates")
        for text, times in ((left, right), (right, left)):
            if (
                isinstance(text, str)
                and isinstance(times, int)
                and len(text) * times > MAX_REPEATED
            ):
                raise SecurityError(f"a text of more than {MAX_REPEATED} characters")
        return super().call_binop(context, operator, left, right)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002  # Jinja2's signature
    ) -> str:
        """Let every loop count its steps (a hook that Jinja2 documents)."""
        for loop in source.find_all(nodes.For):
            loop.iter = nodes.Filter(
                loop.iter, "counted", [], [], None, None, lineno=loop.iter.lineno
            )
        return super()._generate(source, name, filename, defer_init)


def environment_of(folders: Sequence[Path]) -> Environment:
    """The sandbox of the templates in these folders; the first that has a name wins."""
    environment = Environment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith((".html", ".xml")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(wrap=wrap, columns=width, breakable=breakable, counted=_counted)
    return environment


@contextmanager
def failures_in(name: str, folders: Sequence[Path]) -> Iterator[None]:
    """Turn whatever goes wrong in a template into a TemplateError with its place."""
    _STEPS.set(itertools.count())
    try:
        yield
    except TemplateError:
        raise
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(error.name or name, error.lineno, error.message or "") from error
    except jinja2.TemplateNotFound as error:
        raise TemplateError(name, None, f"there is no template {error}") from error
    except Exception as error:  # a template may divide by zero: its faults are not ours to list
        where, line = _place(error, folders) or (name, None)
        raise TemplateError(where, line, str(error) or type(error).__name__) from error


def counting(render: Callable[[], str]) -> str:
    """What a template makes, with steps counted from 0: an issue may be rendered several times."""
    _STEPS.set(itertools.count())
    return render()


def _counted(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        _count()
        yield value


def _count() -> None:
    if next(_STEPS.get()) >= MAX_STEPS:
        raise RuntimeError(f"it makes more than {MAX_STEPS} steps: a loop that does not end")


def _place(error: Exception, folders: Sequence[Path]) -> tuple[str, int | None] | None:
    """The innermost template in a traceback, and its line."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for folder in folders:
            if Path(frame.filename).is_relative_to(folder):
                return str(Path(frame.filename).relative_to(folder)), frame.lineno
    return None
