"""Which companies and topics the built-in lexicon has, without reading more of it than that."""

import re
from functools import cache
from pathlib import Path

_FILES = ("companies.toml", "topics.toml")
_IDS = re.compile(r'^\[\[(company|topic)\]\]\nid = "([^"]+)"$', re.MULTILINE)  # as in our files


@cache
def built_in_ids() -> frozenset[str]:
    """The companies and topics of the shipped files, as rules name them: "company:nissan".

    Nothing of the files is checked or understood but the lines that bear ids.
    """
    folder = Path(__file__).parent
    texts = [(folder / name).read_text(encoding="utf-8") for name in _FILES]
    return frozenset(f"{kind}:{id_}" for text in texts for kind, id_ in _IDS.findall(text))
