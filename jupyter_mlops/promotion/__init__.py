"""Gates before an alias moves, replay, the ledger of what was decided, the model card."""
