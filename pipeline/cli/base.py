"""What every command needs: language, configuration, errors in one line, and the office opened only when needed."""

from __future__ import annotations

import gettext
import json
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.dossier import Text
from pipeline.errors import ConfigError, KeyUnusable, SeveralErrors, SohoaError
from pipeline.settings import Settings, bundled_folder, load

if TYPE_CHECKING:
    from pipeline.classify import Knowledge
    from pipeline.recipe import Office
    from pipeline.storage import Index, Repository
    from pipeline.work import Crew, Journal
    from pipeline.work.bell import Bell
    from pipeline.work.desks import Desks
    from pipeline.work.ledger import Ledger

_WIDE = 140
"""Columns of a table that goes to a file or another program."""
_LONGEST_PIN = 256

out = Console(highlight=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE)
err = Console(stderr=True, highlight=False)

_CLICK_VI = {
    "Usage:": "Cách dùng:",
    "Options": "Tùy chọn",
    "Commands": "Lệnh",
    "Show this message and exit.": "Xem hướng dẫn này.",
    "Show the version and exit.": "Xem phiên bản.",
    "Missing command.": "Thiếu tên lệnh.",
    "Error: {message}": "Lỗi: {message}",
    "Try '{command} {option}' for help.": "Gõ '{command} {option}' để xem hướng dẫn.",
    "No such command {name!r}.": "Không có lệnh {name!r}.",
    "No such option {name!r}.": "Không có tùy chọn {name!r}.",
    "Positional arguments": "Tham số",
    "Missing argument": "Thiếu tham số",
    "Missing option": "Thiếu tùy chọn",
    "Missing parameter": "Thiếu tham số",
    "Invalid value for {param_hint}: {message}": "Giá trị sai cho {param_hint}: {message}",
    "Invalid value: {message}": "Giá trị sai: {message}",
    "required": "bắt buộc",
    "default: {default}": "mặc định: {default}",
    "Got unexpected extra argument ({args})": "Thừa tham số ({args})",
    "{name} {filename!r} does not exist.": "không có {filename!r}.",
    "{value!r} is not a valid {number_type}.": "{value!r} không phải là số.",
    "Aborted!": "Đã hủy.",
    "Choose from:\n\t{choices}": "Chọn một trong: {choices}",
}


def _spoken() -> str:
    """The language asked for by ``--lang`` or ``SOHOA_LANG``; needed before click has read the command line."""
    words = sys.argv[1:]
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word == "--lang" and following in ("vi", "en"):
            return following
        if word in ("--lang=vi", "--lang=en"):
            return word[-2:]
    asked = os.environ.get("SOHOA_LANG", "")
    return asked if asked in ("vi", "en") else ""


language = _spoken() or "vi"


def t(vi: str, en: str) -> str:
    """``vi`` or ``en``, whichever is spoken."""
    return Text(vi, en).say(language)


def teach_click() -> None:
    """Let click speak Vietnamese: it looks its words up through the ``gettext`` functions of these modules."""
    if language != "vi":
        return

    def look_up(message: str) -> str:
        return _CLICK_VI.get(message, gettext.gettext(message))

    for name in ("core", "exceptions", "formatting", "decorators", "parser", "types"):
        module = sys.modules.get(f"click.{name}")
        if module is not None and hasattr(module, "_"):
            module._ = look_up  # type: ignore[attr-defined]


def spoken(reason: str) -> str:
    """A field's reason in the language spoken; reasons are kept as ``vi / en`` and joined by semicolons."""
    parts = [part.split(" / ") for part in reason.split("; ")]
    return "; ".join(t(part[0], part[-1]) for part in parts)


def tell(error: SohoaError) -> None:
    """One line on standard error: rule, exit code and the message with the way out."""
    err.print(
        f"[bold red]✗[/] {escape(error.text.say(language))} [dim]({error.rule}, {error.exit_code})[/]", soft_wrap=True
    )


def headed(vi: str, en: str, title: str | None = None) -> Table:
    """An empty table with columns named in ``vi`` or ``en``, names parted by bars."""
    table = Table(title=title, title_justify="left")
    for name in t(vi, en).split("|"):
        table.add_column(name, overflow="fold")
    return table


@dataclass
class Site:
    """The installation a command works on; parts are loaded and opened when first used: some are heavy."""

    folder: Path | None = None
    pin_fd: int | None = None
    """File descriptor that PINs are read from, one a line, instead of asking for them."""

    @cached_property
    def settings(self) -> Settings:
        """The configuration: ``--config``, ``$SOHOA_CONFIG``, ``./config`` or ``.``, else the one that came along."""
        named = self.folder or (Path(given) if (given := os.environ.get("SOHOA_CONFIG")) else None)
        if named is not None:
            if not (named / "site.yaml").is_file() and (named / "config" / "site.yaml").is_file():
                named = named / "config"
            return load(named)
        here = (Path("config"), Path())
        return load(next((place for place in here if (place / "site.yaml").is_file()), bundled_folder()))

    @cached_property
    def index(self) -> Index:
        """The search index."""
        from pipeline import storage  # noqa: PLC0415

        return storage.open_index(self.settings.site)

    @cached_property
    def repository(self) -> Repository:
        """The repository in the object store."""
        from pipeline import storage  # noqa: PLC0415

        return storage.Repository(storage.open_store(self.settings.site))

    @cached_property
    def journal(self) -> Journal:
        """The documents in progress."""
        from pipeline.work import Journal  # noqa: PLC0415

        return Journal(self.settings.site.data / "work")

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of shared work."""
        from pipeline.work.ledger import Ledger  # noqa: PLC0415

        opened = Ledger(self.settings.site)
        opened.ensure()
        return opened

    @property
    def shares_work(self) -> bool:
        """Whether anything was ever handed to workers here, or several machines work together."""
        site = self.settings.site
        return bool(site.database.url) or (site.data / "ledger.db").exists()

    @cached_property
    def bell(self) -> Bell:
        """What wakes workers."""
        from pipeline.work.bell import Bell  # noqa: PLC0415

        return Bell(self.settings.site)

    @cached_property
    def desks(self) -> Desks:
        """Papers of shared work at this machine."""
        from pipeline.work.opening import open_desks  # noqa: PLC0415

        return open_desks(self.settings)

    def now(self) -> datetime:
        """The time, with Vietnam's offset as configured."""
        return datetime.now(timezone(timedelta(hours=self.settings.legal.utc_offset_hours)))

    @cached_property
    def knowledge(self) -> Knowledge:
        """What papers are understood with today.

        Raises:
            ConfigError: the type model that comes with the program is damaged.
        """
        from pipeline.classify import Knowledge, learned  # noqa: PLC0415

        model = learned.current(self.settings.site.data, bundled_folder())
        return Knowledge(self.settings, self.now().date(), model)

    def office(self, *, accept: bool = False, journal: Journal | None = None) -> Office:
        """Keys, store and index, each tried before any work begins; PINs are asked for here, once a command.

        Documents are kept in ``journal``, or in that of this machine.

        Raises:
            KeyMissing, KeyExpired, KeyUnusable, SigningFailed, StoreDown, StoreDenied: before anything was touched.
        """
        from pipeline.work.opening import open_office  # noqa: PLC0415

        place = journal or self.journal
        found = open_office(self.settings, place, lambda: (self.repository, self.index), self.pin, accept=accept)
        for key in (found.officer, found.agency):
            click.get_current_context().call_on_close(key.close)
        return found

    def pin(self, question: Text) -> str:
        """A PIN, from the terminal without showing it, or a line from ``--pin-fd``; never from the environment.

        Raises:
            KeyUnusable: there is neither, or nothing came.
        """
        if self.pin_fd is not None:
            given = _line(self.pin_fd)
        elif sys.stdin.isatty():
            given = str(click.prompt(question.say(language), hide_input=True, err=True))
        else:
            what = "không có màn hình để hỏi PIN, dùng --pin-fd / no terminal to ask for the PIN, use --pin-fd"
            raise KeyUnusable(role="PIN", what=what)
        if not given:
            raise KeyUnusable(role="PIN", what="--pin-fd: không có PIN / no PIN")
        return given

    def crew(self) -> AbstractContextManager[Crew]:
        """The worker processes."""
        from pipeline.work import Crew  # noqa: PLC0415

        site = self.settings.site
        return Crew(site.reading, site.limits, site.jobs, self.settings.vocabulary)


def _line(descriptor: int) -> str:
    """The next line of an open file, read byte by byte: what comes after it is for the next who asks."""
    line = b""
    try:
        while len(line) < _LONGEST_PIN and (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += byte
        return line.decode("utf-8").rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        what = f"--pin-fd {descriptor}: không đọc được / cannot be read"
        raise KeyUnusable(role="PIN", what=what) from error


def _take_descriptor(context: click.Context, _: click.Parameter, value: int | None) -> None:
    context.ensure_object(Site).pin_fd = value


pass_site = click.make_pass_decorator(Site, ensure=True)
pin_option = click.option(
    "--pin-fd",
    type=click.IntRange(min=0),
    metavar="N",
    expose_value=False,
    callback=_take_descriptor,
    help=t(
        "Đọc PIN (mỗi dòng một PIN: cán bộ, rồi cơ quan) từ mô tả tệp N, khi không có người nhập.",
        "Read PINs (one a line: officer, then agency) from file descriptor N where nobody types them.",
    ),
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help=t("In kết quả dạng JSON.", "Print the result as JSON.")
)


def speak_as_configured(site: Site) -> None:
    """Use the language of ``site.yaml`` unless one was asked for."""
    global language  # noqa: PLW0603 - one process speaks one language
    if not _spoken():
        try:
            language = site.settings.site.language
        except ConfigError:
            return


def echo_json(data: Any) -> None:
    """Print ``data`` as JSON on standard output, with Vietnamese letters as they are."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    click.echo(text.encode("utf-8", "replace").decode())  # a name that is no text has to be shown somehow


def exit_status(errors: Sequence[SohoaError]) -> int:
    """Exit code: that of the errors when they are of one kind, else the one for several."""
    codes = {error.exit_code for error in errors}
    if not codes:
        return 0
    if len(codes) == 1:
        return codes.pop()
    tell(SeveralErrors(count=len(errors)))
    return SeveralErrors.exit_code
