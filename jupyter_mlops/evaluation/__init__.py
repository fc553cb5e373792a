"""How good models are on data: scores, comparisons, impact of data, explanations."""
