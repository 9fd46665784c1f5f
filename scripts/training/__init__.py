"""Training of the type model that comes with the program, from the papers of the generator."""
