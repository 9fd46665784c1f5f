"""Settings of the bundled configuration, loaded once."""

from __future__ import annotations

import pytest

from pipeline import settings
from pipeline.dossier import Dossier
from pipeline.settings import Settings


@pytest.fixture(scope="session")
def bundled() -> Settings:
    return settings.load(settings.bundled_folder())


@pytest.fixture(scope="session")
def dossier() -> Dossier:
    return Dossier("000.00.00.H00-240305-0001", "1.001193")
