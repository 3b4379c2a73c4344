"""What one mailbox has done until now: contacts, groups, threads, topics, organisations."""
