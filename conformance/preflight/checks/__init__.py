"""Questions about a target, a module each: `PLACE`, and `ask`, which answers with one
`Finding`, with several, or with None where there is nothing to ask."""
