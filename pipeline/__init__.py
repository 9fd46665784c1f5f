"""sohoa: paper dossiers of public administration become signed, searchable, reusable records."""

__version__ = "0.1.0"
