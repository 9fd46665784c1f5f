"""``config/*.yaml`` becomes one frozen, validated :class:`Settings`; legal values live there, none in code.

Unknown keys are refused with file, line and the nearest known key. Relative paths are taken from the folder of the
configuration. Stages are handed the part they need; nobody reads settings from globals or the environment.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.errors import ConfigError
from pipeline.settings.base import M, Model
from pipeline.settings.legal import Codes, Legal, Procedures
from pipeline.settings.papers import DocumentType, Vocabulary
from pipeline.settings.site import KeySource, Site

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Settings(Model):
    """All of the configuration."""

    folder: Path
    site: Site
    legal: Legal
    codes: Codes
    procedures: Procedures
    types: tuple[DocumentType, ...]
    vocabulary: Vocabulary = Vocabulary()

    def type(self, key: str) -> DocumentType | None:
        """The document type of that key, if it is configured."""
        return next((found for found in self.types if found.key == key), None)


def bundled_folder() -> Path:
    """The configuration that comes with the program."""
    inside = Path(__file__).parents[1] / "_config"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "config"


def load(folder: Path) -> Settings:
    """Read and validate the configuration in ``folder``.

    Raises:
        ConfigError: a file is missing or unreadable, a key unknown, a value refused.
    """
    folder = folder.resolve()
    types = tuple(read_file(path, DocumentType) for path in sorted((folder / "document_types").glob("*.yaml")))
    if not types:
        raise ConfigError(
            file=folder / "document_types", line=0, what="không có loại giấy tờ nào", hint="Chạy `sohoa init` để tạo."
        )
    keys = [found.key for found in types]
    for twice in sorted({key for key in keys if keys.count(key) > 1}):
        raise ConfigError(file=folder / "document_types", line=0, what=f"key '{twice}' × 2", hint="")
    site = read_file(folder / "site.yaml", Site)
    own = folder / "vocabulary.yaml"
    words = read_file(own if own.exists() else bundled_folder() / own.name, Vocabulary)
    return Settings(
        folder=folder,
        site=_rebase(site, folder),
        legal=read_file(folder / "legal.yaml", Legal),
        codes=read_file(folder / "codes.yaml", Codes),
        procedures=read_file(folder / "procedures.yaml", Procedures),
        types=types,
        vocabulary=words.model_copy(update={"titles": (*words.titles, *(title for t in types for title in t.titles))}),
    )


def read_file(path: Path, model: type[M]) -> M:
    """A YAML file as a ``model``.

    Raises:
        ConfigError: it cannot be read, is no YAML, or does not fit; with the line and the nearest known key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=_LOADER)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one
    except FileNotFoundError as missing:
        raise ConfigError(
            file=path, line=0, what="không có tệp này / no such file", hint="`sohoa init DIR`"
        ) from missing
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file=path, line=0, what=f"không đọc được / unreadable: {error}", hint="") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigError(
            file=path, line=mark.line + 1 if mark else 0, what=f"YAML: {getattr(error, 'problem', error)}", hint=""
        ) from error
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        first = error.errors()[0]
        where = tuple(part for part in first["loc"])
        raise ConfigError(
            file=path, line=_line(tree, where), **_explain(model, first["type"], where, first["msg"])
        ) from error


def _line(node: yaml.Node | None, where: tuple[int | str, ...]) -> int:
    """Line (from 1) of the deepest node on the way ``where``; a mapping's entry counts at its key."""
    line = node.start_mark.line + 1 if node is not None else 0
    for part in where:
        if isinstance(node, yaml.MappingNode):
            entry = next(((k, v) for k, v in node.value if k.value == part), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _explain(model: type[BaseModel], kind: str, where: tuple[int | str, ...], message: str) -> dict[str, str]:
    name = ".".join(map(str, where))
    if kind != "extra_forbidden":
        return {"what": f"'{name}': {message}", "hint": ""}
    near = difflib.get_close_matches(str(where[-1]), _known(model, where[:-1]), n=1, cutoff=0.5)
    return {
        "what": f"không có khóa '{name}' / unknown key",
        "hint": f"Ý bạn là '{near[0]}'? / Did you mean '{near[0]}'?" if near else "",
    }


def _known(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    """Names allowed at the place ``where`` of ``model``."""
    here: type[BaseModel] | None = model
    for part in where:
        if here is not None and isinstance(part, str) and part in here.model_fields:
            here = _model_in(here.model_fields[part].annotation)
    return list(here.model_fields) if here else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)


def _rebase(site: Site, folder: Path) -> Site:
    """Take relative paths of ``site`` from ``folder``."""

    def at(path: Path | None) -> Path | None:
        return None if path is None else (folder / path.expanduser()).resolve()

    def key(found: KeySource) -> KeySource:
        token = found.token and found.token.model_copy(update={"library": at(found.token.library)})
        remote = found.remote and found.remote.model_copy(update={"token_file": at(found.remote.token_file)})
        files = {
            "p12": at(found.p12),
            "passphrase_file": at(found.passphrase_file),
            "chain": tuple(map(at, found.chain)),
        }
        return found.model_copy(update={**files, "token": token, "remote": remote})

    keys = site.keys.model_copy(
        update={
            "officer": key(site.keys.officer),
            "agency": key(site.keys.agency),
            "trust": tuple(at(path) for path in site.keys.trust),
        }
    )
    store = site.store.model_copy(
        update={
            "access_key_file": at(site.store.access_key_file),
            "secret_key_file": at(site.store.secret_key_file),
        }
    )
    return site.model_copy(
        update={
            "data": at(site.data),
            "index": at(site.index),
            "keys": keys,
            "store": store,
            "database": site.database.model_copy(update={"password_file": at(site.database.password_file)}),
            "broker": site.broker.model_copy(update={"password_file": at(site.broker.password_file)}),
            "watch": tuple(  # a link to a share stays one
                one.model_copy(update={"folder": folder / one.folder.expanduser()}) for one in site.watch
            ),
        }
    )
