"""The user's own program, unchanged: arguments go in, printed metrics come out."""
