"""The practice pharmacy: it dispenses what the practice clinics prescribe, and writes what pharmacies write."""
