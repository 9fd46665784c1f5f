"""The desk is slow to open: once for all tests of reading."""

import pytest

from pipeline.ocr import Desk, open_desk
from pipeline.settings import Limits, Reading


@pytest.fixture(scope="session")
def desk() -> Desk:
    """A desk with both readers."""
    return open_desk(Reading(), Limits())
