"""IMAP (session, folders, reader, watcher) and its local twins (Maildir, mbox, .eml, JSON Lines)."""
