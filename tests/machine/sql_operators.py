"""Operators on SQL: a condition, a lock, an order or an assignment is lost, or a boundary moves.

They work on words, not on a grammar. What Postgres refuses to parse is a mutant all the same: its
first use finds it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from tests.machine.mutant import Mutant, make_mutant

#: A place in the text and what stands there instead.
Change = tuple[int, int, str]

_HIDDEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
_WORD = re.compile(r"\b(where|and|or(?! replace)|on)\b")
_STOP = re.compile(
    r"\b(and|or|order|group|limit|for|returning|union|then|loop|left|join|cross|inner|on|where|end)\b"
    r"|;|\n\n|\n*\Z"
)


def hide(text: str) -> str:
    """Blank out comments and quoted texts, so that places stay the same."""
    return _HIDDEN.sub(lambda found: re.sub(r"[^\n']", "_", found[0]), text)


def find_mutants(path: str, text: str) -> Iterator[Mutant]:
    """Make every mutant of a file of statements, one after the other."""
    places: Counter[str] = Counter()
    hidden = hide(text)
    for name, operator in OPERATORS.items():
        for start, stop, new in operator(hidden):
            if name in ("eq_ne", "more") and _decides_nothing(hidden[:start]):
                continue
            mutated = text[:start] + new + text[stop:]
            yield make_mutant(path, name, places[name], (text, mutated))
            places[name] += 1


def _decides_nothing(before: str) -> bool:
    """Return whether an assignment follows, or the 1 that is selected where a row alone counts."""
    last = [*re.finditer(r"\b(?:set|where|and|or|on|when|if|select|case)\b|;|:$", before)][-1:]
    return bool(last) and (last[0][0] in ("set", ":") or before.endswith("select "))


def _replace(pattern: str, new: str) -> Callable[[str], Iterator[Change]]:
    compiled = re.compile(pattern)

    def find(text: str) -> Iterator[Change]:
        for found in compiled.finditer(text):
            yield found.start(), found.end(), found.expand(new)

    return find


def drop_condition(text: str) -> Iterator[Change]:
    """Hold each condition of a `where`, an `on` or between `and` and `or` for fulfilled."""
    for word in _WORD.finditer(text):
        start = word.end()
        stop = start + _length_of_condition(text[start:])
        condition = text[start:stop]
        if condition.strip() and not condition.strip().startswith(("conflict", "true")):
            space = condition[len(condition.rstrip()) :]
            yield start, stop, " true" + space


def _length_of_condition(text: str) -> int:
    """Return where a condition ends: at the next word of its own depth, or as a bracket closes."""
    depth = 0
    for found in re.finditer(r"[()]|" + _STOP.pattern, text):
        if found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth -= 1
        if depth < 0 or (depth == 0 and found[0] not in "()"):
            return found.start()
    return len(text)


def drop_assignment(text: str) -> Iterator[Change]:
    """Leave one column of an `update ... set` as it is."""
    for found in re.finditer(r"\bset\s", text):
        body = text[found.end() :]
        ends = _split(body)
        for start, stop in ends if len(ends) > 1 else ():
            comma = re.match(r",\s*", body[stop:])
            first = found.end() + start
            if comma:
                yield first, found.end() + stop + comma.end(), ""
            else:
                before = text[:first].rstrip().removesuffix(",")
                yield len(before), found.end() + stop, ""


def _split(body: str) -> list[tuple[int, int]]:
    """Return where each assignment begins and ends."""
    depth, start, parts = 0, 0, []
    for found in re.finditer(r"[(),;]|\b(?:where|from|returning)\b|\n\n|\Z", body):
        if found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth -= 1
        elif depth == 0:
            parts.append((start, start + len(body[start : found.start()].rstrip())))
            start = found.end() + len(body[found.end() :]) - len(body[found.end() :].lstrip())
            if found[0] != ",":
                return parts
        if depth < 0:
            return [*parts, (start, found.start())]
    return parts


OPERATORS: dict[str, Callable[[str], Iterator[Change]]] = {
    "drop_condition": drop_condition,
    "drop_assignment": drop_assignment,
    "le_lt": _replace(r"<=", "<"),
    "ge_gt": _replace(r">=", ">"),
    "lt_le": _replace(r"<(?![=>])", "<="),
    "gt_ge": _replace(r"(?<![<=>-])>(?![=>])", ">="),
    "eq_ne": _replace(r"(?<=\w) = (?=[\w$'(])", " <> "),
    "ne_eq": _replace(r"<>", "="),
    "and_or": _replace(r"\band\b", "or"),
    "or_and": _replace(r"\bor\b(?! replace)", "and"),
    "drop_not": _replace(r"(?<!if )\bnot (?!null)", ""),
    "add_not": _replace(r"(?<!not )(?<!if )\bexists\b", "not exists"),
    "is_null": _replace(r"\bis null\b", "is not null"),
    "is_not_null": _replace(r"\bis not null\b", "is null"),
    "drop_lock": _replace(r"\bfor (?:no key )?update(?: of \w+)?(?: skip locked)?", ""),
    "drop_skip": _replace(r" skip locked\b", ""),
    "drop_order": _replace(r"\border by [^();]*?(?=\blimit\b|\bfor\b|\)|;|\n\n|\Z)", ""),
    "drop_desc": _replace(r" desc\b", ""),
    "add_desc": _replace(r"(\border by [\w.]+)(?![\w.(]| desc)", r"\1 desc"),
    "drop_limit": _replace(r"\blimit (?:\$\d+|\d+)", ""),
    "plus_minus": _replace(r" \+ ", " - "),
    "minus_plus": _replace(r"(?<!-) - ", " + "),
    "more": _replace(r"(?<![\w$.])(\d+)(?![\w.])", r"\1 + 1"),
    "true_false": _replace(r"\btrue\b", "false"),
    "false_true": _replace(r"\bfalse\b", "true"),
    "greatest": _replace(r"\bgreatest\b", "least"),
    "least": _replace(r"\bleast\b", "greatest"),
    "max_min": _replace(r"\bmax\(", "min("),
    "min_max": _replace(r"\bmin\(", "max("),
}
