"""Other servers with the same work: parse, hold against the schema, look the items up, answer."""
