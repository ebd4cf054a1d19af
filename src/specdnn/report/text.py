"""Numbers as text: what is missing is a dash, a minus is a minus sign."""

import pandas as pd


def number(value: float, digits: int = 2) -> str:
    return "–" if pd.isna(value) else f"{value:.{digits}f}".replace("-", "−")


def signed(value: float, digits: int = 2) -> str:
    """A difference: +1.90, −5.80."""
    return "–" if pd.isna(value) else f"{value:+.{digits}f}".replace("-", "−")


def percent(value: float, digits: int = 2) -> str:
    """A share of 1, in percent without the sign."""
    return number(100 * value, digits)
