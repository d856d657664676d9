"""The mutants, in a module for each part of the server that they replace."""
