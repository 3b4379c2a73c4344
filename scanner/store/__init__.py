"""The state of every mailbox in one SQL database: cursors, history, verdicts, outbox, labels."""
