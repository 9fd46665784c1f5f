"""Digitising an archive: planning, feeding, quality control, report."""
