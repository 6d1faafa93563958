"""The built-in network on a data set."""
