"""Power cuts, simulated: the product writes inside a virtual machine whose disk logs every write and flush.

`machine` boots it, `guest` lets a box's day go by in it, `cuts` are the states of the disk that a cut could have left; the
store is opened in each of them. What was acknowledged before the cut must be there.
"""
