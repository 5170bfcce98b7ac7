"""Serial lines: bytes of analysers and of readers of two-dimensional codes to messages, kept before they are acknowledged."""
