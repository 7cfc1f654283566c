// Peer: what Node itself costs. It does nothing.
