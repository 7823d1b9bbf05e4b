"""Which names of a lexicon's companies are likely a mistake.

Names that find too much, names inside those of others, and parents that lead in a circle. What the
lexicon shares with the one that is shipped is left alone: it is meant so.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from digest.model import CompanyId
from digest.stories.clash import Clash, listed
from digest.stories.lexicon import Alias, Company, Lexicon
from digest.stories.tokens import lower, normalise, terms

_SHORT = 3  # letters: "Pro", "Nis"
_CAPITALS = 4  # letters that are looked for in capitals only: "ANA"
_PIECE = 2  # kanji or kana; longer ones are seldom a piece of a word
_LATIN = "[a-z0-9]"
_SMALL = re.compile(r"[a-z]+")  # words as phrases write them that are nobody's names


def misnamed(lexicon: Lexicon, shipped: Lexicon) -> Iterator[Clash]:
    """All that is odd about the names of companies, company by company."""
    fresh = {
        company.id: _fresh(company, shipped.companies.get(company.id))
        for company in lexicon.companies.values()
    }
    words = _Words(lexicon, shipped) if any(fresh.values()) else None
    for company in lexicon.companies.values():
        yield from _empty(company)
        if words is not None:
            yield from _loose(company, fresh[company.id], words)
    yield from _inside(lexicon, fresh)
    yield from _circles(lexicon)


def _fresh(company: Company, known: Company | None) -> tuple[Alias, ...]:
    """The names of a company that are not shipped."""
    same = () if known is None else frozenset(known.aliases)
    return tuple(alias for alias in company.aliases if alias not in same)


def _empty(company: Company) -> Iterator[Clash]:
    if not company.aliases:
        yield Clash(f"company {company.id}", "it has no names, so that nothing finds it; add some")


def _loose(company: Company, aliases: Iterable[Alias], words: "_Words") -> Iterator[Clash]:
    """Names that stand in much that is not about the company, and are not marked."""
    for alias in aliases:
        name, text = normalise(alias.text), alias.text
        marked = alias.plain or alias.shared
        if len(name) == 1 and not alias.needs_company:
            what = f"“{text}” is one character, which is in many words; write “~~{text}”"
        elif not marked and (like := words.like(name)):
            what = f"“{text}” is {like}; write “~{text}” or “?{text}”, or a longer name"
        else:
            continue
        yield Clash(f"company {company.id}", what)


class _Words:
    """The words of which a lexicon's phrases and forms are made."""

    def __init__(self, lexicon: Lexicon, shipped: Lexicon) -> None:
        self._latin: set[str] = set()
        self._forms: set[str] = set()
        for known in (lexicon, shipped):
            forms = {part for c in known.concepts.values() for f in c.forms for part in f.parts}
            phrases = {part for t in known.topics.values() for p in t.phrases for part in p.parts}
            for part in forms | phrases:
                self._latin.update(_SMALL.findall(part) if part[0] != "@" else ())
            self._forms |= {part.rstrip("*") for part in forms if not part.isascii()}

    def like(self, name: str) -> str | None:
        """Which plain word a name is, or is a piece of."""
        small = lower(name)
        if name.isascii():
            if not name.isalpha() or (name.isupper() and len(name) <= _CAPITALS):
                return None
            if small in self._latin or not terms(small):
                return "a plain word, too"
            return "short, and may be a word" if len(name) <= _SHORT else None
        if name in self._forms:
            return "a form of a concept, too"
        piece = min((w for w in self._forms if name in w), default=None)
        return f"a piece of the word “{piece}”" if piece and len(name) <= _PIECE else None


def _inside(lexicon: Lexicon, fresh: Mapping[CompanyId, tuple[Alias, ...]]) -> Iterator[Clash]:
    """Names inside those of another company, or inside what it blocks, where no rule says why.

    A rule is a parent in common, the mark of a plain word, or the longer name among the blocks of
    the shorter one's company. Without one the longer name wins, wherever it stands.
    """
    spelt = {id_: _keys(one.aliases) for id_, one in lexicon.companies.items()}
    blocked = {id_: {_key(text): text for text in c.blocks} for id_, c in lexicon.companies.items()}
    firm = {
        id_: _less(spelt[id_], _keys(alias for alias in one.aliases if alias.plain))
        for id_, one in lexicon.companies.items()
    }
    owners = Counter(key for keys in spelt.values() for key in keys)
    roots = {id_: _line(one, lexicon)[-1] for id_, one in lexicon.companies.items()}
    for mine, aliases in fresh.items():
        names, bare = _keys(aliases), _keys(one for one in aliases if not one.plain)
        bare = {key: text for key, text in bare.items() if len(key) > 1 and owners[key] == 1}
        pieces: dict[str, dict[str, CompanyId]] = defaultdict(dict)
        for other in lexicon.companies if names else ():
            if roots[mine] == roots[other]:
                continue
            longer = _holding(_less(names, blocked[other]), firm[other])
            if longer:
                yield _holder(mine, other, longer)
            theirs = _less(spelt[other], _keys(fresh[other])) | blocked[other]
            for whole, piece in _holding(_less(theirs, blocked[mine]), bare).items():
                pieces[piece][whole] = other
        for piece, wholes in pieces.items():
            yield _piece(mine, piece, wholes)


def _holder(mine: CompanyId, other: CompanyId, longer: Mapping[str, str]) -> Clash:
    """Names of a company that hold some of another one's."""
    return Clash(
        f"company {mine}",
        f"{listed(longer)}: what holds {listed(longer.values())} of {other} is found as {mine}"
        f' alone; if it belongs to {other}, write parent = "{other}", else add it to the blocks of'
        f" {other}",
        (f"company {other}",),
    )


def _piece(mine: CompanyId, piece: str, wholes: Mapping[str, CompanyId]) -> Clash:
    """A name of a company that is a piece of what others name or block."""
    others = tuple(dict.fromkeys(wholes.values()))
    return Clash(
        f"company {mine}",
        f"“{piece}” is a piece of {listed(wholes)}, which {listed(others, quoted=False)}"
        f" {'names or blocks' if len(others) == 1 else 'name or block'}, and is not found there;"
        " write a longer name, or leave it out",
        tuple(f"company {other}" for other in others),
    )


def _holding(longer: Mapping[str, str], shorter: Mapping[str, str]) -> dict[str, str]:
    """The longer names that hold one of the shorter ones, each with that, as they are written."""
    return {
        text: shorter[piece]
        for piece in shorter
        for name, text in longer.items()
        if piece in name and piece != name and _is_whole(piece, name)
    }


def _less(names: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in names.items() if key not in others}


def _is_whole(piece: str, name: str) -> bool:
    """Whether the piece is somewhere no part of a Latin word: "Nis" is none of "Nissan"."""
    left = rf"(?<!{_LATIN})" if re.match(_LATIN, piece) else ""
    right = rf"(?!{_LATIN})" if re.match(_LATIN, piece[-1]) else ""
    return re.search(f"{left}{re.escape(piece)}{right}", name) is not None


def _circles(lexicon: Lexicon) -> Iterator[Clash]:
    """Companies that own themselves, directly or through others; each circle once."""
    seen: set[CompanyId] = set()
    for company in lexicon.companies.values():
        line = _line(company, lexicon)
        if company.id in seen or lexicon.companies[line[-1]].parent != company.id:
            continue
        seen.update(line)
        through = f", through {' and '.join(line[1:])}" if len(line) > 1 else ""
        yield Clash(
            f"company {company.id}",
            f"its parent is itself{through}; leave the key out where it belongs to nobody",
            tuple(f"company {other}" for other in line[1:]),
        )


def _line(company: Company, lexicon: Lexicon) -> list[CompanyId]:
    """A company, its parent, that one's parent … until there is none, or one comes again."""
    line = [company.id]
    while (parent := lexicon.companies[line[-1]].parent) and parent not in line:
        line.append(parent)
    return line


def _keys(aliases: Iterable[Alias]) -> dict[str, str]:
    """Names as they are first written, by what is equal for all ways to write them."""
    found: dict[str, str] = {}
    for alias in aliases:
        found.setdefault(_key(alias.text), alias.text)
    return found


def _key(text: str) -> str:
    return lower(normalise(text))
