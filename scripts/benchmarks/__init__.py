"""Measuring the software beside other tools, on papers whose text is known."""
