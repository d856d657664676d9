"""Who may do what, for a target that is asked about authentication.

A target serves it by `"auth": {"path": "./auth.py:auth"}` in langgraph.json. Callers say who they
are by `Authorization: Bearer <name>`:

    alice, bob, ...       owns what it makes, and sees nothing else
    <name>/<form>         the same, with the filter on threads in one of the forms below
    a UUID                the same, whom every handler names by a `UUID` instead of text
    stranger              is refused with 401, as is a caller without a name
    barred                is refused with 403
    teapot                is refused with 418
    broken                makes the authentication itself crash
    denied                is known, and every handler returns False
    clumsy                is known, and every handler crashes
    teller                is known, and every handler refuses with a sentence that says which
                          handler was asked, and about what
"""

from typing import Any
from uuid import UUID

from langgraph_sdk import Auth

auth = Auth()

#: In the message of every crash: whoever reads it has been shown internal details.
SECRET = "the launch code is 0000"

WRITES = frozenset({"create", "update", "create_run"})

Filter = dict[str, Any]


def forms(me: Any) -> dict[str, Filter]:
    """Return a caller's filter on threads in every form; `team` is red, `members` a list."""
    mine, red, among = {"owner": me}, {"team": "red"}, {"members": {"$contains": me}}
    return {
        "plain": mine,
        "eq": {"owner": {"$eq": me}},
        "both": {**mine, **red},
        "contains": among,
        "contains_all": {"members": {"$contains": [me, "carol"]}},
        "or": {"$or": [mine, among]},
        "and": {"$and": [among, red]},
        "nested": {"$or": [{"$and": [mine, red]}, {"members": {"$contains": "carol"}}]},
    }


@auth.authenticate
async def authenticate(authorization: str | None) -> Auth.types.MinimalUserDict:
    scheme, _, name = (authorization or "").partition(" ")
    if scheme != "Bearer" or name in ("", "stranger"):
        raise Auth.exceptions.HTTPException(status_code=401, detail="say who you are")
    if name == "barred":
        raise Auth.exceptions.HTTPException(status_code=403, detail="you are known too well")
    if name == "teapot":
        raise Auth.exceptions.HTTPException(status_code=418, detail="short and stout")
    if name == "broken":
        raise RuntimeError(SECRET)
    identity, _, form = name.partition("/")
    return {"identity": as_known(identity), "permissions": [form] if form else []}


@auth.on
async def anything(ctx: Auth.types.AuthContext, value: Any) -> Any:
    return answer("*.*", ctx, value)


@auth.on(actions="search")
async def any_search(ctx: Auth.types.AuthContext, value: Any) -> Any:
    return answer("*.search", ctx, value)


@auth.on.threads
async def any_of_threads(ctx: Auth.types.AuthContext, value: Any) -> Any:
    return answer("threads.*", ctx, value)


@auth.on.threads.create
async def create_thread(ctx: Auth.types.AuthContext, value: Any) -> Any:
    return answer("threads.create", ctx, value)


@auth.on.threads.create_run
async def create_run(ctx: Auth.types.AuthContext, value: Any) -> Any:
    return answer("threads.create_run", ctx, value)


@auth.on.store
async def any_of_store(ctx: Auth.types.AuthContext, value: Any) -> Any:
    return answer("store.*", ctx, value)


def as_known(identity: str) -> Any:
    """Return the identity as a database would return it: a `UUID`, if it is one."""
    try:
        return UUID(identity)
    except ValueError:
        return identity


def answer(handler: str, ctx: Auth.types.AuthContext, value: Any) -> Any:
    """Return what the handler answers."""
    me = as_known(str(ctx.user.identity))
    if me == "teller":
        detail = f"{handler} was asked about {ctx.resource}.{ctx.action}"
        raise Auth.exceptions.HTTPException(status_code=403, detail=detail)
    if me == "clumsy":
        raise RuntimeError(SECRET)
    if me == "denied":
        return False
    if ctx.resource == "store":
        value["namespace"] = (me, *(value.get("namespace") or ()))
        return None
    if ctx.action in WRITES:
        # In place where there is a dict, as documented: some servers look at no other.
        if value.get("metadata") is None:
            value["metadata"] = {}
        value["metadata"]["owner"] = me
    return filter_for(ctx)


def filter_for(ctx: Auth.types.AuthContext) -> Filter:
    """Return the filter for the caller."""
    me = as_known(str(ctx.user.identity))
    if ctx.resource == "assistants":
        return {"$or": [{"owner": me}, {"created_by": "system"}]}
    form = ctx.permissions[0] if ctx.permissions else "plain"
    return forms(me)[form] if ctx.resource == "threads" else {"owner": me}
