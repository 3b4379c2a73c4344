"""One row of numbers per recipient, from the message and the history strictly before it."""
