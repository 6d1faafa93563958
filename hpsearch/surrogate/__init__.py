"""Finished trials as points of the unit cube, and smooth models of them: what methods and insight share."""
