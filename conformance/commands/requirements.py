"""`onceproof requirements`: what is demanded, and how much of it is tested."""

import click

from onceproof.conformance.commands.filled import argument


@click.command()
@argument("prefixes", nargs=-1, metavar="[PREFIX]...")
def requirements(prefixes: tuple[str, ...]) -> None:
    """List the requirements and count those that are tested, or explain one by its id."""
    from onceproof.conformance.register import get_requirement, load_register, select
    from onceproof.conformance.register.listing import print_counts, print_list, print_one

    if len(prefixes) == 1 and prefixes[0].upper() in load_register():
        print_one(get_requirement(prefixes[0].upper()))
    else:
        chosen = select(prefixes).values()
        print_list(chosen)
        print_counts(chosen)
