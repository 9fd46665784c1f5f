"""Invented, realistic dossiers of Vietnamese administrative procedures, with their truth.

For trying, testing and measuring the software only: no person, commune, seal or number in them is real.
"""

from samples.conditions import CONDITIONS, Scan, UnknownCondition, apply, scan
from samples.dossier import draw_dossier, draw_paper
from samples.forms import FORMS
from samples.paper import Paper
from samples.stacks import draw_stack

__all__ = [
    "CONDITIONS",
    "FORMS",
    "Paper",
    "Scan",
    "UnknownCondition",
    "apply",
    "draw_dossier",
    "draw_paper",
    "draw_stack",
    "scan",
]
