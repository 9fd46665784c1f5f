"""Reading: two readers behind one :class:`Reader`, their readings fused into words with boxes and confidence."""

from pipeline.ocr.desk import Desk, open_desk
from pipeline.ocr.language import data_folder
from pipeline.ocr.overlay import draw_overlay
from pipeline.ocr.readers import Clock, Opener, Reader, register

__all__ = ["Clock", "Desk", "Opener", "Reader", "data_folder", "draw_overlay", "open_desk", "register"]
