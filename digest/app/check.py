"""Reading a project whole, and everything that can be wrong with it."""

from collections.abc import Mapping
from pathlib import Path

from digest.alerts import mailing
from digest.alerts.chats import chat_problems
from digest.app.apart import Read
from digest.config import load
from digest.configwords import check_lexicon, check_words, lexicon_of
from digest.errors import ConfigError, Problem, TemplateError
from digest.issues import archive
from digest.issues.render import Renderer
from digest.shipped import TEMPLATES


def read_project(project: Path, environment: Mapping[str, str]) -> Read:
    """Read feeds.toml, the lexicon and the templates, and try them.

    Raises ConfigError with everything that is wrong with any of them.
    """
    problems: list[Problem] = []
    try:
        settings = load(project, environment)
        lexicon = lexicon_of(settings)
        problems += check_words(settings, lexicon)
        problems += chat_problems(settings.alerts.channels.values())
    except ConfigError as error:
        known = set(error.problems)
        problems += error.problems
        problems += [p for p in check_lexicon(project) if p not in known]
    renderer = Renderer([project / "templates", TEMPLATES])
    try:
        renderer.check()
        if not problems:
            renderer.try_out(settings=settings, names=lexicon)
            archive.try_out(renderer, settings=settings, names=lexicon)
            mailing.try_out(renderer, settings=settings, names=lexicon)
    except TemplateError as error:
        file = f"templates/{error.name}"
        problems.append(Problem("template", "", error.reason, error.line, file))
    if problems:
        raise ConfigError(problems)
    return Read(settings, lexicon)


def check_all(project: Path, environment: Mapping[str, str]) -> list[Problem]:
    """Everything that is wrong with a project: feeds.toml, the lexicon and the templates."""
    try:
        read_project(project, environment)
    except ConfigError as error:
        return list(error.problems)
    return []
