"""What ``deploy/`` and its documentation name is there: commands, options, settings; nothing secret stands in it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from pipeline import services
from pipeline.cli import cli
from pipeline.settings import load

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OURS = ("sweeper", "worker")


def words_of(text: str) -> list[list[str]]:
    """Command lines of ``sohoa`` in a text, in code or behind ``ExecStart=``."""
    lines = re.findall(r"(?:\bsohoa/\.venv/bin/|`)?\bsohoa ((?:--config \S+ )?[a-z][^`\n|&]*)", text)
    return [shlex.split(line, comments=True) for line in lines]


def check(words: list[str]) -> None:
    """Fail unless command, sub-commands and options exist."""
    command: click.Command = cli
    context = click.Context(cli)
    names = iter(words)
    for word in names:
        options = {name: option for option in command.params for name in option.opts}
        if word.startswith("-"):
            assert word in options, words
            if not getattr(options[word], "is_flag", False):
                given = next(names)
                if isinstance(kind := options[word].type, click.Choice):
                    assert given in kind.choices, words
        elif isinstance(command, click.Group):
            found = command.get_command(context, word)
            assert found is not None, words
            command = found


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_units_name_commands_that_exist(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    found = [words for line in text.splitlines() if line.startswith("Exec") for words in words_of(line)]
    assert found
    for words in found:
        check(words)


def test_the_documentation_names_commands_that_exist() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"`(sohoa [^`]+)`", text) + re.findall(r"^.*bin/sohoa .*$", text, re.MULTILINE))
    found = words_of(code)
    assert len(found) > 8
    for words in found:
        check(words)


@pytest.mark.parametrize("name", OURS)
def test_containers_run_commands_that_exist(name: str) -> None:
    check(COMPOSE["services"][name]["command"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    program = tmp_path / "sohoa"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in (*UNITS, DEPLOY / "systemd" / "sohoa.target"):
        text = path.read_text(encoding="utf-8").replace("/opt/sohoa/.venv/bin/sohoa", str(program))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    files = [str(tmp_path / path.name) for path in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "sohoa" in line]
    assert ours == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_units_confine_what_they_run(unit: Path) -> None:
    lines = unit.read_text(encoding="utf-8").splitlines()
    for wanted in (
        "User=sohoa", "NoNewPrivileges=yes", "ProtectSystem=strict", "ReadWritePaths=/var/lib/sohoa", "PrivateTmp=yes",
        "CapabilityBoundingSet=", "KillMode=mixed", "Restart=on-failure", "LimitNOFILE=65536", "UMask=0077",
    ):  # fmt: skip
        assert wanted in lines
    assert any(line.startswith("TimeoutStopSec=") for line in lines)


def test_each_part_that_is_ours_has_a_unit() -> None:
    assert {unit.stem for unit in UNITS} == {f"sohoa-{part}" for part in services.PARTS if part != "database"}


def test_units_look_for_the_note_where_it_is_written() -> None:
    for part in ("store", "broker"):
        text = (DEPLOY / "systemd" / f"sohoa-{part}.service").read_text(encoding="utf-8")
        assert f"PIDFile=/var/lib/sohoa/services/{part}.pid\n" in text


def test_workers_are_kept_from_threads_everywhere() -> None:
    assert "OMP_THREAD_LIMIT=1" in (DEPLOY / "systemd" / "sohoa-worker.service").read_text(encoding="utf-8")
    assert "OMP_THREAD_LIMIT=1" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_the_store_of_the_cluster_has_only_options_that_exist() -> None:
    known = subprocess.run([services.weed(), "help", "mini"], capture_output=True, text=True, check=False)
    options = COMPOSE["services"]["store"]["command"]
    mini = options.index("mini")
    for option in options[mini + 1 :]:
        name = option.partition("=")[0]
        assert re.search(rf"^  {re.escape(name)}\b", known.stdout + known.stderr, re.MULTILINE), option


def test_the_compose_file_publishes_no_port_and_holds_no_secret() -> None:
    for name, service in COMPOSE["services"].items():
        assert "ports" not in service, name
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"(?i)(password|secret|key)\s*[:=]\s*\S*[a-z0-9]{16}", text)


def test_nothing_secret_gets_into_the_image() -> None:
    """All is left out but what the image copies, and it copies what is let in."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copies = re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert let_in == {word for words in copies for word in words.split()}
    assert all((ROOT / name).exists() for name in let_in)


# -- the cluster's configuration --------------------------------------------------------------------------------


def make_cluster(folder: Path) -> None:
    subprocess.run([sys.executable, DEPLOY / "make-cluster", folder], check=True, capture_output=True)


def test_a_cluster_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "cluster"
    make_cluster(folder)
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    make_cluster(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    hidden = [*(folder / "config" / "secrets").iterdir(), *(folder / "store").iterdir(), *(folder / "broker").iterdir()]
    assert len(hidden) == 8
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in hidden)

    site = load(folder / "config").site
    assert site.store.endpoint == "store:8333"
    assert site.data == Path("/var/lib/sohoa")
    assert site.database.url == "postgresql://sohoa@database/sohoa"
    assert site.broker.url == "redis://broker:6379/0"
    for given, name in ((site.broker, "broker"), (site.database, "database")):
        assert given.password_file == Path("/etc/sohoa/secrets") / name, "as it is mounted"
    assert site.store.access_key_file is not None
    assert site.store.access_key_file.read_text() in (folder / "store" / "s3.json").read_text()
    assert "requirepass " in (folder / "broker" / "valkey.conf").read_text()
    assert (folder / "env").read_text() == f"SOHOA_USER={os.getuid()}:{os.getgid()}\n"


def test_no_two_clusters_share_a_secret(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_cluster(tmp_path / name)
    for path in (tmp_path / "a" / "config" / "secrets").iterdir():
        assert path.read_text() != (tmp_path / "b" / "config" / "secrets" / path.name).read_text()


def test_what_is_mounted_is_made(tmp_path: Path) -> None:
    make_cluster(tmp_path / "cluster")
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            place = volume.partition(":")[0]
            if place.startswith("./cluster/"):
                assert (tmp_path / place).is_dir(), place
