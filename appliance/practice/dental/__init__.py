"""The practice dentist: a few of the town's people with caries or a tooth to be made, claimed as 歯科."""
