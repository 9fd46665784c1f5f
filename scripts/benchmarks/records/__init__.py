"""The bench of records: validity, picture, tampering, cost and size; ``scripts/bench records``."""
