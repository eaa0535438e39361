"""Small pure modules on bytes: Merkle tree, checkpoint, keys."""
