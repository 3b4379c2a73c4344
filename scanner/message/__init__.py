"""From bytes to facts: parsing, own text apart from quotes, addresses and names, languages."""
