"""What real clients do with the broker."""
