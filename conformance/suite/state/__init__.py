"""Chapter STA: state, history, interrupts and time travel."""
