"""What a command says: it asks the package and prints the answer."""
