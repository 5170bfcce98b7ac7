"""Every parser against any bytes: one table of targets, one judge, coverage-guided runs (`make fuzz`), and the kept corpus."""
