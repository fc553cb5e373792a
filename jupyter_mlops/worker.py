"""What a scheduler starts for each slot: it runs the slot, and puts down how that ended."""
