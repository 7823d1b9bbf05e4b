"""Everything that can be wrong with a project."""

from collections.abc import Mapping
from pathlib import Path

from digest.config import check_lexicon, check_words, lexicon_of, load
from digest.errors import ConfigError, Problem, TemplateError
from digest.issues.render import Renderer
from digest.shipped import TEMPLATES


def check_all(project: Path, environment: Mapping[str, str]) -> list[Problem]:
    """Everything that is wrong with a project: feeds.toml, the lexicon and the templates."""
    problems: list[Problem] = []
    try:
        settings = load(project, environment)
        lexicon = lexicon_of(settings)
        problems += check_words(settings, lexicon)
    except ConfigError as error:
        known = set(error.problems)
        problems += error.problems
        problems += [p for p in check_lexicon(project) if p not in known]
    try:
        renderer = Renderer([project / "templates", TEMPLATES])
        renderer.check()
        if not problems:
            renderer.try_out(settings=settings, names=lexicon)
    except TemplateError as error:
        file = f"templates/{error.name}"
        problems.append(Problem("template", "", error.reason, error.line, file))
    return problems
