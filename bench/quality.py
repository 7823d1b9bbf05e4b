"""Measures tags and stories on labelled rows: `python bench/quality.py FILE.jsonl [--errors]`.

Each row has the fields that `digest tag --jsonl` reads and the gold labels `companies`, `topics`,
`relevant` and `story`; `trap` marks those that are to name no company. Everything runs through the
same function as that command.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from digest.stories.load import load_lexicon
from digest.stories.rows import BadRow, Row, parse_rows, tag_rows

Gold = Mapping[str, Any]


def f1(right: int, wrong: int, missed: int) -> float:
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


def labels(gold: Sequence[Gold], told: Sequence[Gold], key: str) -> tuple[float, float]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for want, got in zip(gold, told, strict=True):
        for label in {*want[key], *got[key]}:
            kind = "right" if label in want[key] and label in got[key] else None
            counts[label][kind or ("missed" if label in want[key] else "wrong")] += 1
    total = sum(counts.values(), Counter[str]())
    micro = f1(total["right"], total["wrong"], total["missed"])
    seen = [c for c in counts.values() if c["right"] + c["missed"]]
    macro = sum(f1(c["right"], c["wrong"], c["missed"]) for c in seen) / len(seen)
    return micro, macro


def b_cubed(
    gold: Sequence[Hashable], told: Sequence[Hashable], rows: Iterable[int]
) -> tuple[float, float, float]:
    """Precision, recall and F1 over the given rows."""
    of_gold, of_told = defaultdict(set), defaultdict(set)
    for number, (want, got) in enumerate(zip(gold, told, strict=True)):
        of_gold[want].add(number)
        of_told[got].add(number)
    chosen = list(rows)
    both = [len(of_gold[gold[n]] & of_told[told[n]]) for n in chosen]
    precision = sum(b / len(of_told[told[n]]) for b, n in zip(both, chosen, strict=True)) / len(
        chosen
    )
    recall = sum(b / len(of_gold[gold[n]]) for b, n in zip(both, chosen, strict=True)) / len(chosen)
    return precision, recall, 2 * precision * recall / (precision + recall)


def pairs(stories: Sequence[Hashable], langs: Sequence[str]) -> set[tuple[int, int]]:
    """Rows of one story in two languages."""
    of = defaultdict(list)
    for number, story in enumerate(stories):
        of[story].append(number)
    return {
        (a, b) for rows in of.values() for a in rows for b in rows if a < b and langs[a] != langs[b]
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", nargs="+", type=Path)
    options.add_argument("--errors", action="store_true", help="print every row that is wrong")
    given = options.parse_args()
    lexicon = load_lexicon(None, {})
    for file in given.files:
        with file.open("rb") as stream:
            read = list(parse_rows(stream))
        rows = [row for row in read if isinstance(row, Row)]
        if bad := [row for row in read if isinstance(row, BadRow)]:
            options.error(f"{file}: {bad[0]}")
        gold = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        began = perf_counter()
        told = [dict(row) for row in tag_rows(rows, lexicon)]
        report(file, gold, told, perf_counter() - began)
        if given.errors:
            errors(gold, told)


def report(file: Path, gold: Sequence[Gold], told: Sequence[Gold], seconds: float) -> None:
    langs = [row["lang"] for row in gold]
    want, got = [row["story"] for row in gold], [row["story"] for row in told]
    sizes = Counter(want)
    many = [n for n, story in enumerate(want) if sizes[story] > 1]
    traps = [n for n, row in enumerate(gold) if row.get("trap") and not row["companies"]]
    fallen = sum(bool(told[n]["companies"]) for n in traps)
    relevant = Counter((w["relevant"], g["relevant"]) for w, g in zip(gold, told, strict=True))
    print(f"{file}: {len(gold)} rows in {seconds:.2f} s")
    print("  companies  micro {:.3f}  macro {:.3f}".format(*labels(gold, told, "companies")))
    print("  topics     micro {:.3f}  macro {:.3f}".format(*labels(gold, told, "topics")))
    hits = f1(relevant[True, True], relevant[False, True], relevant[True, False])
    print(f"  relevance  {hits:.3f}   companies in {fallen} of {len(traps)} traps")
    if many:
        print(
            "  stories    B-cubed of multi-entry stories P {:.3f} R {:.3f} F {:.3f}".format(
                *b_cubed(want, got, many)
            )
        )
        print(
            "             B-cubed of all                 P {:.3f} R {:.3f} F {:.3f}".format(
                *b_cubed(want, got, range(len(gold)))
            )
        )
        right, mine = pairs(want, langs), pairs(got, langs)
        both = len(right & mine)
        precision, recall = both / max(1, len(mine)), both / max(1, len(right))
        whole = f1(both, len(mine) - both, len(right) - both)
        print(f"  across languages  P {precision:.3f} R {recall:.3f} F {whole:.3f}")


def errors(gold: Sequence[Gold], told: Sequence[Gold]) -> None:
    for want, got in zip(gold, told, strict=True):
        wrong = {
            key: f"want {sorted(want[key])} got {sorted(got[key])}"
            for key in ("companies", "topics")
            if set(want[key]) != set(got[key])
        }
        if want["relevant"] != got["relevant"]:
            wrong["relevant"] = f"want {want['relevant']}"
        if wrong:
            print(want["id"], want["title"], "|", want.get("summary", ""))
            for key, said in wrong.items():
                print("   ", key, said)


if __name__ == "__main__":
    main()
