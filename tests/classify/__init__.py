"""Classification and extraction."""
