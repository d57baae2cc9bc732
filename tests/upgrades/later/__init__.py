"""A version after this one, made up: a column more, a table more, an index on a table that is in use."""
