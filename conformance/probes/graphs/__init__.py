"""One probe graph per file, loaded by file path; each docstring says what its input is."""
