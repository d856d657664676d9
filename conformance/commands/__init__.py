"""The commands of `onceproof`, one file each.

A command imports what it needs when it is called: asking for help loads neither the suite nor the
clients that it works with.
"""
