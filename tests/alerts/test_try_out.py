"""Templates of alerts are tried before an alert is due."""

from pathlib import Path

import pytest

from digest.alerts.mailing import try_out
from digest.errors import TemplateError
from digest.issues.render import Renderer
from digest.shipped import TEMPLATES
from tests.issues.builders import Names, settings


def test_the_shipped_templates_tell_every_kind_of_alert() -> None:
    try_out(Renderer([TEMPLATES]), settings=settings(), names=Names())


@pytest.mark.parametrize(
    "text",
    [
        "{{ mail.nothing }}",
        "{% for s in mail.stories %}{% if s.update %}{{ s.x }}{% endif %}{% endfor %}",
    ],
)
def test_a_template_of_the_projects_that_fails_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "alert.html").write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError, match=r"alert\.html:1"):
        try_out(Renderer([tmp_path, TEMPLATES]), settings=settings(), names=Names())
