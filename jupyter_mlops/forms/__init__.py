"""Forms that pages show, in a notebook or beside it: what they let choose from, and how what was filled in is
taken."""
