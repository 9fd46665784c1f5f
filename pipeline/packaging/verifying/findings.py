"""What speaks against a file."""

from __future__ import annotations

from pipeline.dossier import Finding, Severity, Text

WHOLE = "tệp / file"


def block(rule: str, vi: str, en: str, where: str = WHOLE) -> Finding:
    """A finding that keeps a file from being valid; ``where`` is a place in it, else it is about the whole."""
    return Finding(rule, where, Text(vi, en), Severity.BLOCK)
