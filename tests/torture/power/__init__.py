"""Power cuts, simulated: the product writes inside a virtual machine whose disk logs every write and flush.

`machine` boots it, `writing` is the box's work, `cuts` are the states of the disk that a cut could have left, and
`checking` opens the store in each of them. What was acknowledged before the cut must be there.
"""
