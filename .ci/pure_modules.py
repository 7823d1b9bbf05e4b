"""Prints the files of the pure modules, as the import contract in pyproject.toml names them."""

import tomllib
from pathlib import Path

pyproject = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))
contracts = pyproject["tool"]["importlinter"]["contracts"]
pure = next(c["source_modules"] for c in contracts if c["type"] == "forbidden")
print(",".join(f"{module.replace('.', '/')}.py" for module in pure))  # noqa: T201
