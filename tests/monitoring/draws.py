"""Columns of twenty kinds, and of texts, drawn anew."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import numpy as np
import pandas as pd

NORMAL = tuple(f"normal{number}" for number in range(6))


def frame(random: np.random.Generator, rows: int, *, moved: Collection[str] = ()) -> pd.DataFrame:
    """Twenty columns; those that are `moved`, of the normal ones, by half a standard deviation."""
    gaps = random.normal(size=rows)
    gaps[random.random(rows) < 0.05] = np.nan
    return pd.DataFrame(
        {
            **{name: random.normal(0.5 if name in moved else 0.0, size=rows) for name in NORMAL},
            "lognormal": random.lognormal(size=rows),
            "exponential": random.exponential(size=rows),
            "heavy tails": random.standard_t(2, rows),
            "uniform": random.random(rows),
            "count": random.poisson(1.5, rows),
            "rating": random.integers(1, 11, rows),
            "rare flag": (random.random(rows) < 0.02).astype(int),
            "boolean": random.random(rows) < 0.3,
            "category": random.choice(list("abcde"), rows, p=[0.5, 0.2, 0.15, 0.1, 0.05]),
            "many categories": np.char.add("z", np.minimum(random.zipf(1.6, rows), 400).astype(str)),
            "code": np.char.add("A-", random.integers(0, 10**6, rows).astype(str)),
            "user": np.char.add("u", random.integers(0, 1_200, rows).astype(str)),
            "time": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 10**7, rows), unit="s"),
            "gaps": gaps,
        }
    )


def texts(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Columns of texts of which nearly every one occurs once, and two of which some occur often."""
    numbers, words = (
        random.integers(0, 10**9, (3, rows)),
        np.array(["late", "early", "lost", "kept", "sent", "paid"]),
    )
    halves = random.integers(0, 2**63, (2, rows))
    return pd.DataFrame(
        {
            "note": [f"note {a % 3_000} {b}" for a, b in zip(*numbers[:2], strict=True)],
            "short note": [f"note {number % 1_000} abc" for number in numbers[0]],
            "order": [f"order #{number}" for number in numbers[1]],
            "request": [f"GET /api/item/{number}" for number in numbers[2]],
            "uuid": [f"{a:016x}{b:016x}"[:32] for a, b in zip(*halves, strict=True)],
            "dashed uuid": [str(UUID(int=int(a) << 64 | int(b))) for a, b in zip(*halves, strict=True)],
            "url": [f"https://example.org/{a:x}?page={b % 97}" for a, b in zip(*numbers[:2], strict=True)],
            "visitor": [f"visitor {number % 700}" for number in numbers[0]],
            "page": [f"/item/{number}" for number in np.minimum(random.zipf(1.3, rows), 10**6)],
            "sentence": [" ".join(random.choice(words, 6)) for _ in range(rows)],
        }
    )
