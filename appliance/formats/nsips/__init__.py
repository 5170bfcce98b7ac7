"""NSIPS 1.00-1.07: what a receipt computer of a pharmacy hands to the machines of the same pharmacy, one prescription a file."""
