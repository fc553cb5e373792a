"""Whether data, predictions and performance are still what they were."""
