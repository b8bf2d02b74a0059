"""Figures of computed results as files: what each shows, with its title and its caption."""
