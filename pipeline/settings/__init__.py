"""``config/*.yaml`` becomes one frozen, validated :class:`Settings`; legal values live there, none in code."""

from pipeline.settings.base import Label, Language
from pipeline.settings.engine import Backfill, Broker, Database, WatchedFolder, Work
from pipeline.settings.legal import Codes, Copies, CopyForm, FieldRule, Flag, Legal, Procedure, Procedures, Stamp
from pipeline.settings.loading import Settings, bundled_folder, load
from pipeline.settings.papers import Anchor, DocumentType, OwnField, Vocabulary
from pipeline.settings.site import (
    Accept,
    Agency,
    Keys,
    KeySource,
    Level,
    Limits,
    Quality,
    Reading,
    Record,
    Remote,
    Site,
    Splitting,
    Store,
    Token,
)

__all__ = [
    "Accept",
    "Agency",
    "Anchor",
    "Backfill",
    "Broker",
    "Codes",
    "Copies",
    "CopyForm",
    "Database",
    "DocumentType",
    "FieldRule",
    "Flag",
    "KeySource",
    "Keys",
    "Label",
    "Language",
    "Legal",
    "Level",
    "Limits",
    "OwnField",
    "Procedure",
    "Procedures",
    "Quality",
    "Reading",
    "Record",
    "Remote",
    "Settings",
    "Site",
    "Splitting",
    "Stamp",
    "Store",
    "Token",
    "Vocabulary",
    "WatchedFolder",
    "Work",
    "bundled_folder",
    "load",
]
