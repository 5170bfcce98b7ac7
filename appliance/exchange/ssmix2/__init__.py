"""Records as an SS-MIX2 storage: HL7 v2.5 messages of 標準化ストレージ, papers of 拡張ストレージ, and the operations that keep both true."""
