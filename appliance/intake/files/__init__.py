"""Files that other computers write: which are whole, how they are taken, what becomes of them."""
