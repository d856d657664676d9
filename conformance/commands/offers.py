"""What a shell offers for the value of an option, read when it asks."""

from collections.abc import Callable, Mapping

import click

#: As click wants it: the context, the parameter and what is typed so far; the values that fit.
Offer = Callable[[click.Context, click.Parameter, str], list[str]]


def _offer_requirements(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[str]:
    from onceproof.conformance.register import load_register

    return [id for id in load_register() if id.startswith(typed.upper())]


def _offer_profiles(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    from onceproof.conformance.targets.profile import list_profiles

    return [name for name in list_profiles() if name.startswith(typed)]


#: By the field that the option fills.
OFFERS: Mapping[str, Offer] = {"only": _offer_requirements, "target_profile": _offer_profiles}
