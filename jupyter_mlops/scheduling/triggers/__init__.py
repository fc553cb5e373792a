"""What a schedule may wait for other than a time."""
