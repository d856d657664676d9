"""`python -m reference_impl --role api|worker|all --port N`, configured by the environment."""

from reference_impl.server import main
from reference_impl.tracing import leave

if __name__ == "__main__":
    leave(main())
