"""The model card: what a version is for, what it was made of, how good it is, who let it in."""
