// Station: test/helpers. An admin in a process of its own, who joins a session and stays until it is killed. Started by tests of takeover.
// argv: server URL, token, session. Says "joined".
import { WebSocket } from 'ws';
import { DeskClient } from '../../dist/client/desk-client.js';

const [server, token, session] = process.argv.slice(2);
const desk = new DeskClient({ server, token, WebSocket });
desk.connect();
await desk.join(session);
process.stdout.write('joined\n');
