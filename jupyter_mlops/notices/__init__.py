"""What happened, told to others: after it is recorded, retried, never in the way."""
