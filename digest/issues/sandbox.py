"""Where templates run: they see what was made for them, change nothing, and come to an end.

A template is the operator's, so it is trusted to be well meant and not to be right: a loop that
never ends must not keep the service from its other work. Every step of a loop and every call is
counted; what makes more steps than any issue needs fails like any other template that is wrong. So
does a product, a width or a range by which one step would make more than any issue; what replaces
or joins long texts by long ones is not looked at.
"""

import functools
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinMethodType, MethodType
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest.errors import TemplateError
from digest.issues import pageviews
from digest.issues.views import VIEWS
from digest.issues.widths import breakable, unbroken, width, wrap

MAX_STEPS = 1_000_000  # of loops and calls; the longest issue takes some ten thousand
MAX_MADE = 1_000_000  # characters, or places of a list, that one step may make of less

# What a template may see of these: all that has no underscore before it.
_OURS: Mapping[type, frozenset[str]] = {
    view: frozenset(name for name in dir(view) if not name.startswith("_"))
    for view in (*VIEWS, *pageviews.VIEWS, LoopContext)
}
_NOTHING: frozenset[str] = frozenset()
_FOR_CONTEXT = ("_loop_vars", "_block_vars")  # what Jinja2 passes with a call, not to a macro
_STEPS: ContextVar[list[int]] = ContextVar("steps")  # how many have been made, alone in its list
# What makes as much as a number says; round makes such a power of ten.
_SIZED_FILTERS = ("batch", "center", "indent", "round", "slice", "tojson")
_METHODS = (BuiltinMethodType, MethodType)
_SIZED_METHODS = frozenset({"center", "expandtabs", "ljust", "rjust", "zfill"})
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Format:
    """A way to write formats: how a field of it looks, and one whose width is among the values."""

    field: re.Pattern[str]
    open_field: re.Pattern[str]


_PERCENT = _Format(
    re.compile(r"[%)][-#0 +.*\d]*[a-zA-Z]"), re.compile(r"[%)][-#0 +.\d]*\*[.*\d]*[a-zA-Z]")
)
_BRACES = _Format(re.compile(r"\{[^{}]*\}"), re.compile(r"\{[^{}]*\{"))


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox of templates."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def getattr(self, obj: object, attribute: str) -> object:
        """Let templates see what was made for them; the rest the sandbox examines.

        Its examination of every value would take most of the time of rendering.
        """
        if attribute in _OURS.get(type(obj), _NOTHING):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """The same for what filters look up by name (`join(attribute)`)."""
        if argument in _OURS.get(type(obj), _NOTHING):
            return getattr(obj, str(argument))
        return super().getitem(obj, argument)

    def call(self, context: Context, obj: object, *args: object, **kwargs: object) -> object:
        """Count a call; of a template's own macro the sandbox need not examine anything."""
        _count()
        if type(obj) is Macro:
            for name in _FOR_CONTEXT:
                kwargs.pop(name, None)
            return obj(context.eval_ctx, *args, **kwargs)
        if isinstance(obj, _METHODS) and obj.__name__ in _SIZED_METHODS:
            _check_sizes(*args, *kwargs.values())
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Multiply within reason. Raises SecurityError for what would fill the memory."""
        if operator == "**":
            raise SecurityError("** is not for templates")
        if operator == "%":
            _check_format(left, _PERCENT, right)
        else:
            for made, times in ((left, right), (right, left)):
                if isinstance(made, Sized) and isinstance(times, int):
                    _check_sizes(len(made) * times)
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: object) -> Callable[..., str] | None:
        """Format within reason."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None
        text = getattr(value, "__self__", "")

        def within_reason(*args: object, **kwargs: object) -> str:
            _check_format(text, _BRACES, args, kwargs)
            return wrapped(*args, **kwargs)

        return within_reason

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
        auto_reload=False,  # the service takes over what was changed when it is told to, and whole
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith((".html", ".xml")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(wrap=wrap, columns=width, breakable=breakable, unbroken=unbroken)
    environment.filters["counted"] = _counted
    filters: dict[str, Callable[..., Any]] = environment.filters
    filters.update({name: _sized(filters[name]) for name in _SIZED_FILTERS})
    filters["format"] = _formatted(filters["format"])
    return environment


def _sized(filter_: Callable[..., object]) -> Callable[..., object]:
    """A filter that is given no size beyond reason."""
    # Jinja2 notes on a filter what it wants before the value; wraps() copies that note.
    before = 2 if hasattr(filter_, "jinja_pass_arg") else 1

    @functools.wraps(filter_)
    def within_reason(*args: object, **kwargs: object) -> object:
        _check_sizes(*args[before:], *kwargs.values())
        return filter_(*args, **kwargs)

    return within_reason


def _formatted(filter_: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(filter_)
    def within_reason(text: object, *args: object, **kwargs: object) -> object:
        _check_format(text, _PERCENT, args, kwargs)
        return filter_(text, *args, **kwargs)

    return within_reason


def _check_format(text: object, way: _Format, *values: object) -> None:
    """See that no width in a format, or among the values where it may be, is beyond reason."""
    if not isinstance(text, str):
        return
    widths = _NUMBER.findall(" ".join(way.field.findall(text)))
    _check_sizes(sum(int(digits[:9]) for digits in widths))
    if way.open_field.search(text):
        _check_sizes(*_leaves(values))


def _leaves(values: object) -> Iterator[object]:
    match values:
        case dict():
            yield from _leaves(tuple(values.values()))
        case tuple():
            for value in values:
                yield from _leaves(value)
        case _:
            yield values


def _check_sizes(*sizes: object) -> None:
    if any(isinstance(size, int) and size > MAX_MADE for size in sizes):
        raise SecurityError(f"more than {MAX_MADE} characters or places")


@contextmanager
def failures_in(name: str, folders: Sequence[Path]) -> Iterator[None]:
    """Turn whatever goes wrong in a template into a TemplateError with its place."""
    _STEPS.set([0])
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
    _STEPS.set([0])
    return render()


def _counted(values: Iterable[object]) -> Iterable[object]:
    """Count the steps of a loop: at once where it is known how many there will be."""
    if isinstance(values, tuple | list | range):
        _count(len(values))
        return values
    return _counting(values)


def _counting(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        _count()
        yield value


def _count(steps: int = 1) -> None:
    made = _STEPS.get()
    made[0] += steps
    if made[0] > MAX_STEPS:
        raise RuntimeError(f"it makes more than {MAX_STEPS} steps: a loop that does not end")


def _place(error: Exception, folders: Sequence[Path]) -> tuple[str, int | None] | None:
    """The innermost template in a traceback, and its line."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for folder in folders:
            if Path(frame.filename).is_relative_to(folder):
                return str(Path(frame.filename).relative_to(folder)), frame.lineno
    return None
