"""電子レセプト (the UKE family): physical rows, layouts as data, claims to documents."""
