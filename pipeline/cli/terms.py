"""Which dossier papers belong to and on what terms they go in: options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from pipeline.cli.base import t
from pipeline.dossier import Kind

F = TypeVar("F", bound=Callable[..., Any])


def dossier_options(*, required: bool) -> Callable[[F], F]:
    """Adds ``code``, ``procedure``, ``owner``, ``kind``, ``accept`` and ``override`` to a command."""
    given = {"required": True} if required else {"default": ""}
    options = (
        click.option("--dossier", "code", help=t("Mã hồ sơ.", "Dossier code."), **given),
        click.option("--procedure", help=t("Mã thủ tục hành chính.", "Procedure code."), **given),
        click.option("--owner", default="", help=t("Số định danh của chủ hồ sơ.", "Owner id.")),
        click.option(
            "--kind",
            type=click.Choice([kind.value for kind in Kind]),
            default=Kind.COMPONENT.value,
            help=t("component: thành phần hồ sơ; result: kết quả.", "component handed in, or result given out."),
        ),
        click.option(
            "--accept", is_flag=True, help=t("Cho qua cả trường còn nghi ngờ.", "Let doubtful fields pass the gate.")
        ),
        click.option(
            "--override",
            default="",
            metavar="LÝ-DO",
            help=t(
                "Lý do vẫn lưu giấy tờ thuộc diện không số hóa.", "Why to store a paper that is not to be digitised."
            ),
        ),
    )

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add
