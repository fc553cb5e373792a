"""A recorded run, run again: what it was, whether its data are as they were, what differs."""
