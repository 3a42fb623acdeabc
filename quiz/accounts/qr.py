"""QR codes as one SVG path, so that templates need neither markup from elsewhere nor inline styles."""

from dataclasses import dataclass

import segno

QUIET_ZONE = 4  # modules of white that the standard asks for


@dataclass(frozen=True)
class QrCode:
    """``size`` is the edge of the square view box in modules, ``path`` draws the dark ones."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The QR code of a text, error correction M."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=QUIET_ZONE)]
    path = "".join(_runs(row, y) for y, row in enumerate(rows))
    return QrCode(size=len(rows), path=path)


def _runs(row: list[int], y: int) -> str:
    """The dark runs of one row as rectangles of height 1."""
    pieces, start = [], None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            pieces.append(f"M{start} {y}h{x - start}v1H{start}z")
            start = None
    return "".join(pieces)
