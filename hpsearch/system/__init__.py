"""The operating system: processes and all that they started, signals, memory."""
