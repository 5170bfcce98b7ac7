"""JAHIS 院外処方箋２次元シンボル記録条件規約 (JAHIS1-11): the two-dimensional code on a prescription."""
