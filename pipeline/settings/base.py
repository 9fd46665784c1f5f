"""What all parts of the configuration share."""

from __future__ import annotations

from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from pipeline.dossier import Text

Language = Literal["vi", "en"]


class Model(BaseModel):
    """Frozen; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


M = TypeVar("M", bound=Model)


class Label(Model):
    """A label in two languages."""

    vi: str
    en: str

    @property
    def text(self) -> Text:
        """The label as :class:`~pipeline.dossier.Text`."""
        return Text(self.vi, self.en)
