"""The command line: ``sohoa …``. Vietnamese, or English with ``--lang en`` or ``SOHOA_LANG=en``."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from pipeline import __version__
from pipeline.cli import base
from pipeline.cli.base import Site, t
from pipeline.errors import Interrupted, SohoaError, from_os_error

base.teach_click()

_MODULES = {
    "intake": ("run", "read"),
    "review": ("review",),
    "submit": ("submit",),
    "scan": ("scan",),
    "watch": ("watch",),
    "backfill": ("backfill", "jobs"),
    "worker": ("worker", "sweeper"),
    "services": ("services",),
    "status": ("status",),
    "metrics": ("metrics",),
    "learning": ("corrections",),
    "records": ("search", "show", "get", "index"),
    "renewal": ("records",),
    "copies": ("copy",),
    "separators": ("separators", "cut"),
    "types": ("types",),
    "verification": ("verify",),
    "upkeep": ("keys", "doctor", "init"),
}


class _Commands(click.Group):
    """Commands by module, each loaded when it is asked for: a search need not wait for the readers."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(name for names in _MODULES.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        for module, names in _MODULES.items():
            if cmd_name in names:
                found: click.Command = getattr(importlib.import_module(f"pipeline.cli.{module}"), cmd_name)
                return found
        return None


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help=t(
        "Số hóa hồ sơ: giấy quét thành bản ghi đã ký, tìm được, dùng lại được.",
        "Digitise dossiers: scanned papers become signed, searchable, reusable records.",
    ),
)
@click.option(
    "--config",
    "folder",
    type=click.Path(path_type=Path),
    help=t("Thư mục cấu hình (hoặc biến SOHOA_CONFIG).", "Folder of the configuration (or SOHOA_CONFIG)."),
)
@click.option("--lang", type=click.Choice(["vi", "en"]), help=t("Ngôn ngữ hiển thị.", "Language shown."))
@click.version_option(__version__, prog_name="sohoa", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, folder: Path | None, lang: str | None) -> None:  # noqa: ARG001 - read before click
    """Entry of all commands; its help is given above, in the language spoken."""
    site = context.ensure_object(Site)
    site.folder = folder
    base.speak_as_configured(site)


def main() -> None:
    """Run the command line; every error becomes one line and an exit code, never a traceback."""
    try:
        status = cli.main(prog_name="sohoa", standalone_mode=False)
    except SohoaError as error:
        base.tell(error)
        status = error.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        base.tell(Interrupted())
        status = Interrupted.exit_code
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        ours = from_os_error(error, str(error.filename or "?"))
        base.tell(ours)
        status = ours.exit_code
    except Exception as error:
        if os.environ.get("SOHOA_TRACEBACK"):
            raise
        base.tell(SohoaError(what=type(error).__name__ + ", SOHOA_TRACEBACK=1"))
        status = SohoaError.exit_code
    sys.exit(status if isinstance(status, int) else 0)
