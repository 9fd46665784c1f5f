"""``scripts/bench fields``: types, starts of documents and fields against the truth."""
