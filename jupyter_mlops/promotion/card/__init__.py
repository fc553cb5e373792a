"""The model card: what a version is for, what it was made of, how good it is, who let it in."""

from jupyter_mlops.promotion.card.document import as_markdown, title
from jupyter_mlops.promotion.card.making import keep_words, make_card

__all__ = ["as_markdown", "keep_words", "make_card", "title"]
