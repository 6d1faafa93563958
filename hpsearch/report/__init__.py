"""What a person reads: ranked tables, the live view, one trial in full."""
