"""Find, read, validate and describe data. Errors name file, row, column and rule, never a value."""
