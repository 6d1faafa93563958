"""A run as a person knows it: begun, gone on with, zoomed, confirmed, timed."""
