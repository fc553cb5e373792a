"""Who decides a gate, by kind."""
