"""Verifying records: signatures, revisions, the closed shape of a record, what is proven when."""
