"""The values that the pages' templates get. What people typed is text: the templates escape it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from digest.issues.safe import plain
from digest.model import AlertWish, Preferences, wish_of
from digest.settings import Settings
from digest.stories.lexicon import Lexicon
from digest.subscribers.importing import LANGUAGES as CODES
from digest.subscribers.importing import Vocabulary
from digest.subscribers.ownrules import EXAMPLE, described, pointed
from digest.web.forms import Filled, Trouble
from digest.web.routes import ARCHIVE
from digest.web.words import LANGUAGES, PageWords


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameView:
    """What stands around every page."""

    title: str  # of the list
    lang: str
    heading: str
    here: str  # this page, in this language
    other: PageLink  # this page in the other language
    other_lang: str
    home: str
    archive: str  # empty: there is none yet
    about: str
    sender: str
    postal_address: str  # may be empty
    mailbox: str
    private: bool
    words: PageWords


@dataclass(frozen=True, slots=True)
class OptionView:
    """Something to choose."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """What a reader may choose, with what is chosen."""

    rhythms: tuple[OptionView, ...]
    languages: tuple[OptionView, ...]
    topics: tuple[OptionView, ...]
    companies: tuple[OptionView, ...]
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsView:
    """Which alerts a reader may choose, with what is chosen and the rules of their own."""

    wishes: tuple[OptionView, ...]
    rules: str  # one a line
    trouble: str  # empty: nothing is wrong with them
    place: str  # the bad rule with a mark under where it goes wrong; may be empty
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """The form that asks for a subscription."""

    address: str
    shown: str  # when, signed
    address_trouble: str  # empty: nothing is wrong with it
    choice: ChoiceView


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakView:
    """How a reader pauses or resumes; `lengths` are empty where they cannot pause."""

    lengths: tuple[OptionView, ...]
    resumable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """A page with one button."""

    text: str
    button: str
    name: str  # of the one field that goes with it
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A page that says something."""

    paragraphs: tuple[str, ...]
    ways: tuple[tuple[str, PageLink], ...] = ()
    links: tuple[PageLink, ...] = ()


def frame(
    settings: Settings, path: str, lang: str, heading: str, *, private: bool, archive: bool
) -> FrameView:
    """What stands around a page at this path."""
    words = LANGUAGES[lang]
    other = next(code for code in CODES if code != lang)
    return FrameView(
        title=plain(settings.title),
        lang=lang,
        heading=heading,
        here=in_language(path, lang),
        other=PageLink(words.other_language, in_language(path, other)),
        other_lang=other,
        home=in_language("/", lang),
        archive=ARCHIVE if archive else "",
        about=in_language("/about", lang),
        sender=plain(settings.mail.from_name) or plain(settings.title),
        postal_address=plain(settings.mail.postal_address or ""),
        mailbox=settings.inbox.address,
        private=private,
        words=words,
    )


def in_language(path: str, lang: str) -> str:
    """A page of ours in a language."""
    return f"{quote(path, safe='/~=')}?lang={lang}"


def choice_view(
    preferences: Preferences,
    lang: str,
    *,
    rhythms: Sequence[tuple[str, str]],
    vocabulary: Vocabulary,
    lexicon: Lexicon,
    troubles: Sequence[Trouble] = (),
) -> ChoiceView:
    """What may be chosen; `rhythms` are names with what they mean."""
    words, chosen = LANGUAGES[lang], preferences.choice
    return ChoiceView(
        rhythms=tuple(
            OptionView(name, meaning, name == preferences.rhythm) for name, meaning in rhythms
        ),
        languages=tuple(
            OptionView(code, words.languages[code], code == chosen.language) for code in CODES
        ),
        topics=tuple(
            OptionView(topic, plain(lexicon.topic_name(topic, lang)), topic in chosen.topics)
            for topic in lexicon.topics
            if topic in vocabulary.topics
        ),
        companies=tuple(
            OptionView(
                company, plain(lexicon.company_name(company, lang)), company in chosen.companies
            )
            for company in lexicon.companies
            if company in vocabulary.companies
        ),
        troubles=tuple(words.troubles[each] for each in troubles),
    )


def alerts_view(filled: Filled, lang: str) -> AlertsView:
    """What may be chosen of alerts, as somebody filled it in or has it now."""
    words, chosen, bad = LANGUAGES[lang], filled.preferences, filled.bad_line
    trouble = place = ""
    if bad is not None:
        said = described(bad.rule, lang)
        trouble, place = words.bad_line.format(bad.number, said), pointed(bad.rule)
    elif Trouble.NO_RULE in filled.troubles:
        trouble = words.troubles[Trouble.NO_RULE]
    ticked = wish_of(chosen) if filled.rules is None else chosen.alerts  # what was typed stays
    return AlertsView(
        wishes=tuple(
            OptionView(wish, words.alert_wishes[wish], wish is ticked) for wish in AlertWish
        ),
        rules="\n".join(chosen.rules) if filled.rules is None else filled.rules,
        trouble=trouble,
        place=place,
        example=EXAMPLE,
    )
