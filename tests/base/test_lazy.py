"""Packages whose parts are loaded when they are used."""

import subprocess
import sys

import pytest

import pipeline.packaging
import pipeline.storage
import pipeline.work


@pytest.mark.parametrize("package", [pipeline.packaging, pipeline.storage, pipeline.work])
def test_every_name_that_is_promised_is_there(package):
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


def test_a_process_that_only_reads_pages_loads_no_signatures_and_no_store():
    program = "import sys, pipeline.work.crew, pipeline.recipe; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pyhanko", "minio", "sqlalchemy"} & set(loaded)
