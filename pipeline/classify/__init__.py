"""Step 2, bóc tách dữ liệu: documents told apart, their type, their fields, and what must not be digitised.

Driven by ``config/document_types/*.yaml``, ``legal.yaml`` and ``codes.yaml``; knows no type by name.
"""

from pipeline.classify.compare import compare, doubted
from pipeline.classify.knowledge import Given, Knowledge, TypeModel
from pipeline.classify.splitting import CUTTING, DOUBTFUL, Cut, settle, split, whole
from pipeline.classify.typed import typed
from pipeline.classify.understanding import understand

__all__ = [
    "CUTTING",
    "DOUBTFUL",
    "Cut",
    "Given",
    "Knowledge",
    "TypeModel",
    "compare",
    "doubted",
    "settle",
    "split",
    "typed",
    "understand",
    "whole",
]
