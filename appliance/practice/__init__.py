"""The practice network's made-up population and the writers that put it into the files of receipt computers."""
