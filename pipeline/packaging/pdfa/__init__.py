"""Writing records: PDF/A with two layers, attachments, light copies; and checking what was written."""
