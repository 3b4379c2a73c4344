"""The whole job on an embedded IMAP server with a fictional sample mailbox."""
