// Peer: what the least that a validating WebSocket server must load costs. It loads, and ends.
import 'ws';
import 'zod';
