"""Drawing alone: tables, the live view, one trial in full, on a terminal or as text."""
