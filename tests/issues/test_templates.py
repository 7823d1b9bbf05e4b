"""The shipped templates' looks, and what happens to those of a project that fail."""

import re
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.issues.archive import try_out
from digest.issues.render import Renderer
from digest.model import Choice
from digest.shipped import TEMPLATES
from tests.issues.builders import Names, issue, issue_story, settings

FOOT = "\n{{ issue.leave }} {{ issue.sender }} {{ issue.postal_address }}"


def with_own(folder: Path, **templates: str) -> Renderer:
    for name, text in templates.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return Renderer([folder, TEMPLATES])


class TestOwnTemplates:
    told = issue(issue_story())

    def test_win_over_the_shipped_ones_one_by_one(self, tmp_path: Path) -> None:
        renderer = with_own(tmp_path, issue_txt="{{ issue.lead.title }} & more" + FOOT)
        made = renderer.segment(self.told, Choice(), settings=settings(), names=Names())
        assert made.segment.text.startswith("Nissan to close plant 1 & more\n")
        assert "Lead story" in made.segment.html
        assert made.failure is None

    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            ("one\n{% if %}", 2, "Expected an expression"),
            ("one\n\n{{ issue.titel }}", 3, "titel"),
            ("{{ 1 / 0 }}", 1, "division by zero"),
            ("one\n{% include 'gone.txt' %}", None, "gone.txt"),
            ("{{ issue.words.__class__.__mro__ }}", 1, "unsafe"),
            ("{{ ().__class__.__subclasses__() }}", 1, "unsafe"),
            ("{{ issue.sections.append(1) }}", 1, "append"),
        ],
    )
    def test_that_fail_are_replaced_for_that_send_and_reported(
        self, tmp_path: Path, text: str, line: int | None, reason: str
    ) -> None:
        renderer = with_own(tmp_path, issue_txt=text)
        made = renderer.segment(self.told, Choice(), settings=settings(), names=Names())
        shipped = Renderer([TEMPLATES]).segment(
            self.told, Choice(), settings=settings(), names=Names()
        )
        assert made.segment == shipped.segment
        assert made.failure is not None
        assert (made.failure.name, made.failure.line) == ("issue.txt", line)
        assert reason in made.failure.reason

    def test_that_are_too_long_for_one_story_are_replaced(self, tmp_path: Path) -> None:
        renderer = with_own(tmp_path, issue_html="x" * 100_000)
        made = renderer.segment(self.told, Choice(), settings=settings(), names=Names())
        assert made.failure is not None
        assert made.failure.reason == "one story alone makes more than 96000 bytes of HTML"

    def test_escape_in_html_only(self, tmp_path: Path) -> None:
        link = "<a href='{{ issue.leave }}'>x</a>"
        renderer = with_own(
            tmp_path,
            issue_html=f"<p>{{{{ '<b>' }}}}</p>{link}" + FOOT,
            issue_txt="{{ '<b>' }}" + FOOT,
        )
        made = renderer.segment(self.told, Choice(), settings=settings(), names=Names()).segment
        assert "<p>&lt;b&gt;</p>" in made.html
        assert made.text.startswith("<b>\n")

    @pytest.mark.parametrize(
        ("lacks", "what"),
        [
            ("{{ issue.leave }}", "issue.leave, the link that ends a subscription"),
            ("{{ issue.postal_address }}", "issue.postal_address: a reader must see where they"),
            ("{{ issue.sender }}", "issue.sender: a reader must see who sends it"),
        ],
    )
    def test_that_lack_what_the_law_asks_for_are_replaced(
        self, tmp_path: Path, lacks: str, what: str
    ) -> None:
        renderer = with_own(tmp_path, issue_txt="my news" + FOOT.replace(lacks, ""))
        made = renderer.segment(self.told, Choice(), settings=settings(), names=Names())
        assert "my news" not in made.segment.text
        assert made.failure is not None
        assert what in made.failure.reason

    @pytest.mark.parametrize(
        "text",
        [
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
            "{% macro m(n) %}{% if n %}{{ m(n-1) ~ m(n-1) }}{% endif %}{% endmacro %}{{ m(40) }}",
        ],
    )
    def test_that_do_not_end_are_replaced(self, tmp_path: Path, text: str) -> None:
        made = with_own(tmp_path, issue_txt=text + FOOT).segment(
            self.told, Choice(), settings=settings(), names=Names()
        )
        assert made.failure is not None
        assert "a loop that does not end" in made.failure.reason
        assert made.failure.line == 1

    @pytest.mark.parametrize(
        "text",
        [
            "{{ 10 ** 10 ** 10 }}",
            "{{ 'x' * 10000000000 }}",
            "{{ 2000000 * [0] }}",
            "{{ (1, 2) * 1000000 }}",
            "{{ 'a'|center(2000000) }}",
            "{{ 'a'|indent(width=2000000, first=true) }}",
            "{{ 1|round(2000000, 'ceil') }}",
            "{{ [1]|batch(2000000, 0)|list }}",
            "{{ [1]|slice(2000000)|list }}",
            "{{ [1]|tojson(indent=2000000) }}",
            "{{ 'a'.ljust(2000000) }}",
            "{{ ('a'|safe).center(2000000) }}",
            "{{ '%2000000d' % 1 }}",
            "{{ '%.2000000f' % 1 }}",
            "{{ '%700000d%700000d' % (1, 2) }}",
            "{{ '%(n)2000000d' % {'n': 1} }}",
            "{{ '%*d' % (2000000, 1) }}",
            "{{ '%2000000d'|format(1) }}",
            "{{ '{:2000000}'.format(1) }}",
            "{{ '{:{w}}'.format(1, w=2000000) }}",
            "{{ '{n:2000000}'.format_map({'n': 1}) }}",
        ],
    )
    def test_that_would_fill_the_memory_are_replaced(self, tmp_path: Path, text: str) -> None:
        made = with_own(tmp_path, issue_txt=text + FOOT).segment(
            self.told, Choice(), settings=settings(), names=Names()
        )
        assert made.failure is not None
        assert re.search("not for templates|more than 1000000 characters", made.failure.reason)

    @pytest.mark.parametrize(
        ("text", "made"),
        [
            ("{{ 'ab' * 2 }} {{ 3 * 2000000 }}", "abab 6000000"),
            ("{{ ([1] * 3)|join }}", "111"),
            ("[{{ 'a'|center(5) }}] {{ 'a'.rjust(3) }}", "[  a  ]   a"),
            ("{{ 3000000.25|round(1) }} {{ 3000000|tojson }}", "3000000.2 3000000"),
            ("{{ [1, 2, 3]|batch(2)|list }}", "[[1, 2], [3]]"),
            ("{{ [1, 2, 3]|slice(2)|list }}", "[[1, 2], [3]]"),
            ("{{ '%5d of 3000000' % 3000000 }} {{ 7 % 4 }}", "3000000 of 3000000 3"),
            ("{{ '%s: %s'|format('a', 3000000) }}", "a: 3000000"),
            ("{{ '{:,} of 3000000'.format(3000000) }}", "3,000,000 of 3000000"),
            ("{{ '{:>{}}'.format('a', 3) }}", "  a"),
        ],
    )
    def test_that_stay_within_reason_are_obeyed(self, tmp_path: Path, text: str, made: str) -> None:
        rendered = with_own(tmp_path, issue_txt=text + FOOT).segment(
            self.told, Choice(), settings=settings(), names=Names()
        )
        assert rendered.failure is None
        assert rendered.segment.text.startswith(made)

    def test_no_shipped_template_to_fall_back_on_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(TemplateError, match="there is no template"):
            Renderer([tmp_path]).segment(self.told, Choice(), settings=settings(), names=Names())


class TestCheck:
    def test_finds_nothing_wrong_with_the_shipped_templates(self) -> None:
        Renderer([TEMPLATES]).check()

    def test_names_file_and_line_of_what_does_not_compile(self, tmp_path: Path) -> None:
        with pytest.raises(TemplateError, match=r"^templates/story.html:3: ") as caught:
            with_own(tmp_path, story_html="a\nb\n{% endfor %}").check()
        assert caught.value.exit_code == 78

    def test_names_the_file_that_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "issue.txt").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(TemplateError, match=r"templates/issue.txt: .*utf-8"):
            Renderer([tmp_path, TEMPLATES]).check()

    def test_names_what_nothing_asks_for_and_what_may_be_meant(self, tmp_path: Path) -> None:
        with pytest.raises(TemplateError, match=r"isue.html: nothing asks.*is issue.html meant"):
            with_own(tmp_path, isue_html="x").check()

    def test_tries_them_with_an_example(self, tmp_path: Path) -> None:
        Renderer([TEMPLATES]).try_out(settings=settings(), names=Names())
        broken = "{% if issue.table.rows %}{{ issue.tabel }}{% endif %}"
        with pytest.raises(TemplateError, match=r"issue.txt:1: .*tabel"):
            with_own(tmp_path, issue_txt=broken + FOOT).try_out(settings=settings(), names=Names())

    def test_tries_what_only_the_operator_gets(self, tmp_path: Path) -> None:
        with pytest.raises(TemplateError, match=r"operator.html:1: .*'nobody'"):
            with_own(tmp_path, operator_html="{{ nobody }}").try_out(
                settings=settings(), names=Names()
            )

    @pytest.mark.parametrize(
        "name",
        ["archive_page.html", "archive_index.html", "archive_feed.xml", "archive_style.html"],
    )
    def test_tries_the_archive_with_an_example(self, tmp_path: Path, name: str) -> None:
        try_out(Renderer([TEMPLATES]), settings=settings(), names=Names())
        (tmp_path / name).write_text("{{ nobody }}", encoding="utf-8")
        with pytest.raises(TemplateError, match=rf"{name}:1: .*'nobody'"):
            try_out(Renderer([tmp_path, TEMPLATES]), settings=settings(), names=Names())

    def test_allows_parts_of_a_projects_own(self, tmp_path: Path) -> None:
        with_own(tmp_path, mine_html="x", story_html="{% include 'mine.html' %}").check()


STYLE = (TEMPLATES / "style.html").read_text(encoding="utf-8")
LIGHT, DARK = STYLE.split("@media", 1)
PAGES = (TEMPLATES / "archive_style.html").read_text(encoding="utf-8")

# Where each text stands; the lead's background is neither the card's nor the page's.
ON_CARD = (
    *("brand", "dates", "section-name", "left-out", "column", "row", "corner"),
    *("note-text", "command", "typed", "number", "numbers", "compared"),
)
ON_BOTH = (
    *("kicker", "who", "company", "title", "summary", "lead-summary", "sources", "source"),
    *("sentence", "told-by", "figures", "stage", "when"),
)
ON_PAGE = ("small", "leave")
CELLS = ("heat0", "heat1", "heat2", "heat3")


def colours(css: str, what: str) -> dict[str, str]:
    """The value of a property, class by class."""
    found: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        value = re.search(rf"(?<![-\w]){what}: (#[0-9a-f]{{6}})", body)
        for name in re.findall(r"\.([\w-]+)", selectors) if value else ():
            found[name] = value[1]  # type: ignore[index]  # there is one here
    return found


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def negative(css: str) -> str:
    """The same with every colour turned round, as programs do that know no dark mode."""
    return re.sub(r"#([0-9a-f]{6})", lambda found: f"#{0xFFFFFF - int(found[1], base=16):06x}", css)


class TestLooks:
    @pytest.mark.parametrize(
        "css", [LIGHT, LIGHT + DARK, negative(LIGHT)], ids=["light", "dark", "forced inversion"]
    )
    def test_every_text_stands_out_from_its_background(self, css: str) -> None:
        text, back = colours(css, "color"), colours(css, "background-color")
        pairs = [(name, "card") for name in ON_CARD + ON_BOTH]
        pairs += [(name, "lead") for name in ON_BOTH]
        pairs += [(name, "page") for name in ON_PAGE]
        pairs += [(name, name) for name in CELLS]
        inherited = text["page"]
        weak = [
            (name, ground)
            for name, ground in pairs
            if contrast(text.get(name, text["cell"] if name in CELLS else inherited), back[ground])
            < 4.5
        ]
        assert weak == []

    @pytest.mark.parametrize("css", [0, 1], ids=["light", "dark"])
    def test_links_of_the_archive_stand_out_too(self, css: int) -> None:
        mail, pages = (LIGHT, LIGHT + DARK)[css], "".join(PAGES.split("@media")[: css + 1])
        text, back = colours(mail + pages, "color"), colours(mail + pages, "background-color")
        assert contrast(text["step"], back["page"]) >= 4.5
        assert contrast(text["step"], back["card"]) >= 4.5
        assert contrast(text["skip"], back["skip"]) >= 4.5

    def test_no_text_is_smaller_than_16_pixels(self) -> None:
        assert min(map(int, re.findall(r"font-size: (\d+)px", STYLE + PAGES))) == 16

    def test_dark_mode_survives_inlining_and_leaves_nothing_light(self) -> None:
        made = Renderer([TEMPLATES]).segment(
            issue(issue_story()), Choice(), settings=settings(), names=Names()
        )
        assert "@media (prefers-color-scheme: dark)" in made.segment.html
        light, dark = colours(LIGHT, "color"), colours(LIGHT + DARK, "color")
        same = {name for name in light if light[name] == dark[name]}
        assert same <= {"heat1", "heat2", "heat3"}
