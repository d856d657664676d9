"""Operators on Python: those of cosmic-ray, and a few more of the same kind.

Of the many replacements that cosmic-ray has for one comparison or one binary operator, two of the
former and one of the latter are taken: the boundary moves, or the meaning turns round.
"""

from collections import Counter
from collections.abc import Iterator
from types import MappingProxyType

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.operators import binary_operator_replacement as binary
from cosmic_ray.operators import boolean_replacer as boolean
from cosmic_ray.operators import break_continue, unary_operator_replacement
from cosmic_ray.operators import comparison_operator_replacement as comparison
from cosmic_ray.operators.number_replacer import NumberReplacer
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.zero_iteration_for_loop import ZeroIterationForLoop
from parso.python import tree
from parso.tree import NodeOrLeaf

from tests.machine.mutant import Mutant, make_mutant
from tests.machine.sameness import is_the_same

Position = tuple[tuple[int, int], tuple[int, int]]

COMPARISONS = (
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
)
BINARIES = ("Add_Sub", "Sub_Add", "Mul_FloorDiv", "FloorDiv_Mul", "Div_Mul", "Mod_Add")
BINARIES += ("BitOr_BitAnd", "BitAnd_BitOr")


class _Own(Operator):
    """An operator with at most one change at each node."""

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()

    def fits(self, node: NodeOrLeaf) -> bool:
        raise NotImplementedError

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[Position]:
        if self.fits(node):
            yield node.start_pos, node.end_pos


def _parsed(text: str, like: NodeOrLeaf) -> NodeOrLeaf:
    """Return the text as a node with the space before `like`."""
    prefix = like.get_first_leaf().prefix
    return tree.Name(prefix + text, like.start_pos)


class DropStatement(_Own):
    """Replace a statement that has an effect by `pass`."""

    def fits(self, node: NodeOrLeaf) -> bool:
        return (
            node.parent is not None
            and node.parent.type == "simple_stmt"
            and node is node.parent.children[0]
            and node.type in ("expr_stmt", "atom_expr", "await", "raise_stmt", "del_stmt")
            and not (node.type == "expr_stmt" and node.parent.parent.type == "file_input")
        )

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        return _parsed("pass", node)


class DropAwait(_Own):
    """Leave a coroutine unawaited: it never runs."""

    def fits(self, node: NodeOrLeaf) -> bool:
        return node.type == "atom_expr" and node.children[0] == "await"

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        text = "".join(child.get_code() for child in node.children[1:])
        return _parsed(text.lstrip(), node)


class ReturnNone(_Own):
    """Return nothing where something is returned."""

    def fits(self, node: NodeOrLeaf) -> bool:
        return node.type == "return_stmt" and node.children[1] != "None"

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        return _parsed("return None", node)


class DropOperand(Operator):
    """Leave one operand out of an `and` or an `or`."""

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[Position]:
        if node.type in ("and_test", "or_test"):
            for operand in node.children[::2]:
                yield operand.start_pos, operand.end_pos

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        kept = [one for at, one in enumerate(node.children[::2]) if at != index]
        word = f" {node.children[1].value} "
        return _parsed(word.join(one.get_code().strip() for one in kept), node)


class TurnIn(_Own):
    """Turn `in` into `not in`, and the other way round."""

    def fits(self, node: NodeOrLeaf) -> bool:
        return node.type == "comparison" and node.children[1].get_code().split()[-1] == "in"

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        left, word, right = (child.get_code().strip() for child in node.children[:3])
        turned = "in" if word.startswith("not") else "not in"
        return _parsed(f"{left} {turned} {right}", node)


class OtherException(_Own):
    """Catch what is never raised."""

    def fits(self, node: NodeOrLeaf) -> bool:
        return node.type == "except_clause"

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        rest = "".join(child.get_code() for child in node.children[2:])
        return _parsed(f"except NotADirectoryError{rest}", node)


class SwapName(_Own):
    """Replace a function by its opposite."""

    OPPOSITES = MappingProxyType({"min": "max", "max": "min", "any": "all", "all": "any"})

    def fits(self, node: NodeOrLeaf) -> bool:
        is_called = node.get_next_sibling() is not None and node.parent.type == "atom_expr"
        return isinstance(node, tree.Name) and node.value in self.OPPOSITES and is_called

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        return _parsed(self.OPPOSITES[node.value], node)


OPERATORS: dict[str, Operator] = {
    **{one: getattr(comparison, f"ReplaceComparisonOperator_{one}")() for one in COMPARISONS},
    **{one: getattr(binary, f"ReplaceBinaryOperator_{one}")() for one in BINARIES},
    "true_false": boolean.ReplaceTrueWithFalse(),
    "false_true": boolean.ReplaceFalseWithTrue(),
    "and_or": boolean.ReplaceAndWithOr(),
    "or_and": boolean.ReplaceOrWithAnd(),
    "add_not": boolean.AddNot(),
    "drop_not": unary_operator_replacement.ReplaceUnaryOperator_Delete_Not(),
    "drop_minus": unary_operator_replacement.ReplaceUnaryOperator_Delete_USub(),
    "break_continue": break_continue.ReplaceBreakWithContinue(),
    "continue_break": break_continue.ReplaceContinueWithBreak(),
    "no_iteration": ZeroIterationForLoop(),
    "other_exception": OtherException(),
    "number": NumberReplacer(),
    "drop_statement": DropStatement(),
    "drop_await": DropAwait(),
    "return_none": ReturnNone(),
    "drop_operand": DropOperand(),
    "swap_name": SwapName(),
    "turn_in": TurnIn(),
}


def find_mutants(path: str, text: str) -> Iterator[Mutant]:
    """Make every mutant of a module that differs from it in what it does, one after the other."""
    parts = [part.get_code() for part in get_ast(text).children]
    places: Counter[str] = Counter()
    for at, part in enumerate(parts):
        around = "".join(parts[:at]), "".join(parts[at + 1 :])
        for name, mutated in _mutate_part(part):
            if not is_the_same(part, mutated):
                whole = around[0] + mutated + around[1]
                yield make_mutant(path, name, places[name], (text, whole))
            places[name] += 1


def _mutate_part(part: str) -> Iterator[tuple[str, str]]:
    """Change a function or another part of a module: a whole module would take long to parse."""
    nodes = [*ast_nodes(get_ast(part))]
    for name, operator in OPERATORS.items():
        for place in range(sum(len([*operator.mutation_positions(node)]) for node in nodes)):
            mutated = MutationVisitor.mutate_code(part, operator, place)
            if mutated is not None:
                yield name, mutated
