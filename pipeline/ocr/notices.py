"""What the desk tells people about a page."""

from __future__ import annotations

from pipeline.dossier import Finding, Severity, Text


def blank_page(where: str) -> Finding:
    """Nothing is written on the page."""
    return Finding(
        "blank_page", where, Text("Trang trắng, không có chữ.", "A blank page, without text."), Severity.INFO
    )


def no_text(where: str) -> Finding:
    """There is ink, but no text in it."""
    return Finding(
        "no_text",
        where,
        Text("Trang có nét mực nhưng không đọc được chữ nào.", "The page has ink, but no text could be read."),
    )


def page_mode(where: str, agreement: float) -> Finding:
    """The readings of the lines did not fit together; the page was read as a whole."""
    share = f"{agreement:.0%}"
    return Finding(
        "page_mode",
        where,
        Text(
            f"Hai bộ đọc chỉ giống nhau {share} (ảnh chụp méo hoặc dòng cong?): đã đọc cả trang bằng một bộ đọc,"
            " cần kiểm tra toàn bộ.",
            f"The two readers agreed on only {share} (a bent photo, curved lines?): the page was read as a whole by one"
            " reader; check all of it.",
        ),
    )


def bleed_through(where: str, count: int) -> Finding:
    """Lines left out because they show through from the back."""
    return Finding(
        "bleed_through",
        where,
        Text(
            f"Bỏ qua {count} dòng chữ hằn từ mặt sau tờ giấy.",
            f"{count} lines that show through from the back of the sheet were left out.",
        ),
    )


def unread_ink(where: str, count: int) -> Finding:
    """Places with ink that no reader could read."""
    return Finding(
        "unread_ink",
        where,
        Text(
            f"Có {count} chỗ có nét mực không đọc được (chữ ký, chữ viết tay?), đã đánh dấu trên ảnh.",
            f"{count} places with ink could not be read (signature, handwriting?); they are marked on the picture.",
        ),
        Severity.INFO,
    )


def reader_missing(where: str, name: str) -> Finding:
    """An optional reader is configured and not installed."""
    return Finding(
        "reader_missing",
        where,
        Text(
            f"Chưa cài bộ đọc {name}: không có lần đọc thứ hai để đối chiếu. Cài bằng: pip install {name}",
            f"The reader {name} is not installed: there is no second reading to compare. Run: pip install {name}",
        ),
    )


def layer_false(where: str) -> Finding:
    """The text layer of a born-digital page is not what a reader reads on it."""
    return Finding(
        "text_layer_bad",
        where,
        Text(
            "Lớp chữ của trang không khớp chữ in: đã đọc lại trang như ảnh quét.",
            "The text layer of the page is not what is printed: the page was read like a scan.",
        ),
    )


def mirrored(where: str) -> Finding:
    """Most of what is on the page is seen from behind."""
    return Finding(
        "mirrored_page",
        where,
        Text(
            "Trang bị lật ngược như trong gương (phim, giấy can, mặt sau?): hãy quét lại mặt đúng.",
            "The page is seen as in a mirror (film, tracing paper, the back?): scan the right side.",
        ),
    )


def flattened(where: str) -> Finding:
    """The page is a photo of a sheet; it was read with the perspective taken out."""
    return Finding(
        "photo",
        where,
        Text(
            "Ảnh chụp tờ giấy: đã nắn phẳng để đọc; ảnh lưu giữ nguyên. Nên quét bằng máy quét nếu có thể.",
            "A photo of a sheet: flattened for reading; the archived picture is as it came. Scan it if you can.",
        ),
        Severity.INFO,
    )


def straightened(where: str) -> Finding:
    """Lines sloped differently down the page; it was read straightened."""
    return Finding(
        "bent_page",
        where,
        Text(
            "Giấy trượt hoặc cong khi quét: các dòng đã được nắn thẳng để đọc; ảnh lưu giữ nguyên.",
            "The paper slipped or was curled: lines were straightened for reading; the archived picture is as it came.",
        ),
        Severity.INFO,
    )
