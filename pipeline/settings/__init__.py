"""``config/*.yaml`` becomes one frozen, validated :class:`Settings`; legal values live there, none in code."""

from pipeline.settings.base import Label, Language
from pipeline.settings.legal import Codes, FieldRule, Flag, Legal, Procedure, Procedures, Stamp
from pipeline.settings.loading import Settings, bundled_folder, load
from pipeline.settings.papers import Anchor, DocumentType, OwnField, Vocabulary
from pipeline.settings.site import Accept, Agency, KeyFile, Keys, Limits, Quality, Reading, Site, Splitting, Store

__all__ = [
    "Accept",
    "Agency",
    "Anchor",
    "Codes",
    "DocumentType",
    "FieldRule",
    "Flag",
    "KeyFile",
    "Keys",
    "Label",
    "Language",
    "Legal",
    "Limits",
    "OwnField",
    "Procedure",
    "Procedures",
    "Quality",
    "Reading",
    "Settings",
    "Site",
    "Splitting",
    "Stamp",
    "Store",
    "Vocabulary",
    "bundled_folder",
    "load",
]
