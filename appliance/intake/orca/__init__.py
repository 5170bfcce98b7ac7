"""An ORCA server's read-only API: asked again and again, PUSH only says when it is worth asking sooner."""
