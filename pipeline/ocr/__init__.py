"""Reading: two readers behind one :class:`Reader`, their readings fused into words with boxes and confidence."""

from pipeline.ocr.desk import Desk, open_desk
from pipeline.ocr.language import data_folder
from pipeline.ocr.overlay import draw_overlay
from pipeline.ocr.readers import Clock, Opener, Reader, register
from pipeline.ocr.review import Place, draw_review, places_to_review

__all__ = [
    "Clock",
    "Desk",
    "Opener",
    "Place",
    "Reader",
    "data_folder",
    "draw_overlay",
    "draw_review",
    "open_desk",
    "places_to_review",
    "register",
]
