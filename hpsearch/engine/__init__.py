"""The engine: the loop that hands jobs to an executor and saves what comes back, and what it notices on the way."""
