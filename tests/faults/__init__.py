"""The fault programme: whole malls of real processes, and what is left when parts of them die."""
