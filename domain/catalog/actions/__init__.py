"""Use cases of the catalogue, a module for each concept that operators work on."""
