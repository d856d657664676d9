"""Questions about a target, a module each: `PLACE`, and `ask`, which answers with a `Finding`."""
