"""Records: how valid, how like the scan, how hard to fool, how dear and how big they are."""
