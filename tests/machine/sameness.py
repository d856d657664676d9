"""Whether a changed module still does the same, or is no module at all: then it is no mutant."""

import ast
from functools import cache


class _Bare(ast.NodeTransformer):
    """Removes what decides nothing: annotations, how a dataclass is made, texts that say things.

    The text of an error, like a docstring, may be worded this way or that.
    """

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Name("_")
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call):
                decorator.keywords = []
        return self.generic_visit(node)


@cache
def _dump(text: str) -> str:
    return ast.dump(_Bare().visit(ast.parse(text)))


def is_the_same(text: str, mutated: str) -> bool:
    """Return whether the mutated module is the same but for annotations, or does not compile."""
    try:
        compile(mutated, "<mutant>", "exec")
    except SyntaxError:
        return True
    return _dump(text) == ast.dump(_Bare().visit(ast.parse(mutated)))
