"""The user's own Python function, which imports nothing of ours."""
