"""Who may come in and what each may do, decided by the deployment's own `Auth` handlers.

loading         the `auth` entry of langgraph.json, and the handlers it names
authentication  who is calling, asked once a request
users           the caller, as handlers and graphs see it
handlers        which handler decides on an action, and what its answer means
filters         a handler's filter as one parameter of the SQL statements
guard           where requests are asked: every route of the API, and `authorise` for its endpoints
"""
