"""Files that people upload: read by a program of its own, with limits on all that they may hold, on memory and on time.

Nothing of this package imports Django or the rest of the project: the program has no settings and no database.
"""
