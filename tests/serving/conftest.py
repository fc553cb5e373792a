"""The model `churn` of the tests of promotion, once more."""

from tests.promotion.conftest import churn, churn_made

__all__ = ["churn", "churn_made"]
