"""Pages that are tests: a terminal without a window, and the transcript of a first day played on it."""
