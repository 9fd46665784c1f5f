"""Prints docs/errors.md: every error with its exit code and both messages, from the errors themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from pipeline.errors import SohoaError, catalogue

HEAD = """# Errors and exit codes

Made by `scripts/make_docs` from `pipeline/errors.py`; do not edit by hand.

`sohoa` ends with 0 when everything asked for was done (documents waiting for a person and sources that were stored
before are no errors), with 2 when the command line is wrong, else with the code of the error. When several files failed
in the same way the code is that of the error, when they failed in different ways it is 4. A message never holds a name
of a person or an id. "Again" says whether the same command may simply be run again.

| code | error | again | message | what happened |
|---|---|---|---|---|"""


def rows() -> Iterator[str]:
    for kind in catalogue():
        yield "| " + " | ".join(_cells(kind)) + " |"


def _cells(kind: type[SohoaError]) -> tuple[str, ...]:
    what = (inspect.getdoc(kind) or "").splitlines()[0]
    again = "yes" if kind.retryable else ""
    return str(kind.exit_code), f"`{kind.__name__}`", again, f"{_plain(kind.vi)} / {_plain(kind.en)}", what


def _plain(message: str) -> str:
    return re.sub(r"\{(\w+)\}", r"*\1*", message).replace("|", "\\|")


def page() -> str:
    return "\n".join([HEAD, *rows(), ""])


if __name__ == "__main__":
    print(page(), end="")
