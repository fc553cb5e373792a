"""Numbers and moments on an axis: where the ticks are, and what they say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_STATISTICS = {
    "psi": "PSI",
    "ks": "KS",
    "ks_p_value": "p of KS",
    "chi_square": "chi-square",
    "wasserstein": "normed Wasserstein",
    "jensen_shannon": "Jensen-Shannon",
    "missing": "missing, difference",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86400.0
_LARGEST, _SMALLEST = 4e307, 1e-280  # beyond these a difference or a tick is no float
_CLOCK_STEPS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200)  # seconds
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 3, 6)


@dataclass(frozen=True)
class Scale:
    """What lies between `low` and `high`, and the ticks: values with what is written at them."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float) -> float:
        """Where the value is, from 0 to 1; what lies outside is put at the end."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def short(value: float | None) -> str:
    """A number in at most four significant digits; nothing for None."""
    if value is None:
        return ""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}".replace("-", "−")
    if 1e-4 <= abs(value) < 1e6:
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    else:
        text = f"{value:.3g}"
    return text.replace("-", "−")


def signed(value: float | None) -> str:
    """A difference, with its sign."""
    text = short(value)
    return f"+{text}" if value is not None and value > 0 else text


def probability(value: float | None) -> str:
    """A p-value as papers print it."""
    if value is None or math.isnan(value):
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def statistic_texts(statistics: Mapping[str, float], but: float | None) -> list[tuple[str, str]]:
    """Statistics by the name that papers have for them; not the one of the value `but`, told already."""
    return [
        (_STATISTICS.get(name, name.replace("_", " ")), (probability if "p_value" in name else short)(value))
        for name, value in statistics.items()
        if value != but
    ]


def percent(share: float | None) -> str:
    """A share of all, such as 0.25, in per cent; small ones with their first digit."""
    if share is None or not math.isfinite(share):
        return ""
    value = 100 * share
    digits = 0 if value == 0 or value >= 10 else 1 if value >= 0.1 else 2
    return f"{value:.{digits}f} %"


def moment(seconds: float) -> str:
    """Seconds since 1970 as a date, with the time of day where it is not midnight, UTC."""
    found = _datetime(seconds)
    if found is None:
        return short(seconds)
    return f"{found:%Y-%m-%d}" if seconds % _DAY == 0 else f"{found:%Y-%m-%d %H:%M}"


def linear(low: float, high: float, *, count: int = 5) -> Scale:
    """An axis from `low` to `high`; about `count` ticks, all of them within."""
    low, high = _apart(low, high)
    step = _nice((high - low) / count)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # beyond that many digits a float no longer tells neighbouring ticks apart
    numbers = [number * step for number in range(first, min(last, first + 4 * count) + 1)]
    plain = digits <= 6 and max(abs(low), abs(high)) < 1e6
    told = [(f"{n:,.{digits}f}" if plain else _large(n)).replace("-", "−") for n in numbers]
    told = ["0" if not float(n) else text for n, text in zip(numbers, told, strict=True)]
    return Scale(low, high, tuple(zip(numbers, told, strict=True)))


def times(low: float, high: float, *, count: int = 5) -> Scale:
    """An axis of moments, in seconds since 1970, with ticks on whole hours, days, months or years, UTC."""
    low, high = _apart(low, high, least=1.0)
    if _datetime(low) is None or _datetime(high) is None:
        return linear(low, high, count=count)
    step = (high - low) / count
    if step <= _CLOCK_STEPS[-1]:
        every = next(one for one in _CLOCK_STEPS if one >= step)
        ticks = _multiples(low, high, every)
        across_days = high // _DAY > low // _DAY
        pattern = "%H:%M:%S" if every < 60 else "%m-%d %H:%M" if across_days else "%H:%M"
    elif step <= _DAY_STEPS[-1] * _DAY:
        ticks = _multiples(low, high, next(one for one in _DAY_STEPS if one * _DAY >= step) * _DAY)
        pattern = "%Y-%m-%d"
    else:
        months = step / (30.4 * _DAY)
        every = next((one for one in _MONTH_STEPS if one >= months), 0)
        ticks = _months(low, high, every or 12 * max(1, round(_nice(months / 12))))
        pattern = "%Y-%m" if every else "%Y"
    return Scale(low, high, tuple((tick, f"{_EPOCH + timedelta(seconds=tick):{pattern}}") for tick in ticks))


def finite(values: Sequence[float | None]) -> list[float]:
    """Those that are numbers."""
    return [value for value in values if value is not None and math.isfinite(value)]


def _apart(low: float, high: float, least: float = 0.0) -> tuple[float, float]:
    """With some room between them, so that there is an axis."""
    low, high = (min(max(value, -_LARGEST), _LARGEST) for value in (low, high))
    if high - low > max(abs(low), abs(high), _SMALLEST) * 1e-12 and high - low >= least:
        return low, high
    room = max(abs(low) / 10, least) if abs(low) > _SMALLEST else max(least, 1.0)
    return low - room, high + room


def _large(number: float) -> str:
    for unit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if unit <= abs(number) < unit * 1e4:
            return f"{number / unit:.4g}{letter}"
    return f"{number:.4g}"


def _nice(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _months(low: float, high: float, every: int) -> list[float]:
    return [tick for tick in _month_starts(low, high, every) if low <= tick <= high]


def _month_starts(low: float, high: float, every: int) -> Iterator[float]:
    start, end = _EPOCH + timedelta(seconds=low), _EPOCH + timedelta(seconds=high)
    first, last = start.year * 12 // every, (end.year * 12 + 12) // every
    for number in range(first, last + 1):
        year, month = divmod(number * every, 12)
        if 1 <= year <= 9999:
            yield (datetime(year, month + 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()


def _datetime(seconds: float) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
