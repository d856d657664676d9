"""Chapter CRN: crons."""
