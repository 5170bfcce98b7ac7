"""Taking data from their sources: arrival → committed → understood → acknowledged."""
