"""What the lifespan of the own application opens for nodes: the processes in which it did.

A module of its own, since a server may load the application's file under another name than the
one by which a graph would import it; what both of them import is one module in every process.
"""

OPENED: list[int] = []
