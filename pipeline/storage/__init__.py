"""Steps 3 and 4 of the procedure: codes, the object store, the manifest that commits a record, and its index.

The store is the truth and the index is derived from it. ``objects`` speaks S3, ``bundled`` knows where the object
store of this machine keeps its state, ``manifest`` is the schema, ``repository`` the commit protocol, ``codes``
issues codes, ``index`` searches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.lazy import parts

if TYPE_CHECKING:
    from pipeline.storage.codes import check_dossier, issue
    from pipeline.storage.index import Due, Hit, Index, Rebuilt, open_index
    from pipeline.storage.manifest import FieldEntry, FileEntry, Manifest, to_json
    from pipeline.storage.models import Models
    from pipeline.storage.objects import NoSuchObject, ObjectStore, Stored, open_store
    from pipeline.storage.repository import Repository
else:
    __getattr__ = parts(
        __name__,
        {
            "codes": (
                "check_dossier",
                "issue",
            ),
            "index": (
                "Due",
                "Hit",
                "Index",
                "Rebuilt",
                "open_index",
            ),
            "manifest": (
                "FieldEntry",
                "FileEntry",
                "Manifest",
                "to_json",
            ),
            "models": ("Models",),
            "objects": (
                "NoSuchObject",
                "ObjectStore",
                "Stored",
                "open_store",
            ),
            "repository": ("Repository",),
        },
    )

__all__ = [
    "Due",
    "FieldEntry",
    "FileEntry",
    "Hit",
    "Index",
    "Manifest",
    "Models",
    "NoSuchObject",
    "ObjectStore",
    "Rebuilt",
    "Repository",
    "Stored",
    "check_dossier",
    "issue",
    "open_index",
    "open_store",
    "to_json",
]
