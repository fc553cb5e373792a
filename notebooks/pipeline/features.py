"""What a handwritten digit looks like, as numbers."""

from __future__ import annotations

import pandas as pd

SIDE = 8  # pixels
DARKEST = 16


def with_strokes(pixels: pd.DataFrame) -> pd.DataFrame:
    """The pixels, scaled to 0 ... 1, and beside them how much ink lies in each row and column of the image,
    and how alike its left and right half are."""
    image = (pixels / DARKEST).to_numpy().reshape(-1, SIDE, SIDE)
    found = pixels / DARKEST
    rows = pd.DataFrame(image.mean(axis=2), index=pixels.index).add_prefix("row_")
    columns = pd.DataFrame(image.mean(axis=1), index=pixels.index).add_prefix("column_")
    symmetry = 1 - abs(image - image[:, :, ::-1]).mean(axis=(1, 2))
    return found.join([rows, columns]).assign(symmetry=symmetry)
