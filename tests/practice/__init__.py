"""Tests of the practice population: what it promises, and whether it is true to the fee schedule and to the masters."""
