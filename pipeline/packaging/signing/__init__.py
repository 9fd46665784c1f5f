"""Signing records: keys, tokens, services, time stamps, visible stamps; renewal and copies for handing out."""
