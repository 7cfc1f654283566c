// The desk's screen as `chatbox takeover` draws it, with a real client on a real server; only the terminal is none.
import { render } from 'ink';
import { createElement } from 'react';
import { WebSocket } from 'ws';
import { DeskController } from '../../dist/cli/ui/desk-controller.js';
import { DeskScreen } from '../../dist/cli/ui/desk-screen.js';
import { terminalTheme } from '../../dist/cli/ui/theme.js';
import { DeskClient } from '../../dist/client/desk-client.js';
import { deskTimeline } from '../../dist/client/settings.js';
import { systemClock } from '../../dist/common/clock.js';
import { residentBytes, serveParent } from '../lib/child.mjs';
import { createTerminal, typed } from './terminal.mjs';

const openDeadlineMs = 20_000;

let terminal = null;
let client = null;
let id = '';

async function until(isSo, what) {
  const deadline = Date.now() + openDeadlineMs;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

serveParent({
  async open({ server, token, sessionId, lines }) {
    id = sessionId;
    client = new DeskClient({ server, token, WebSocket, settings: { maxTimeline: deskTimeline } });
    client.connect();
    await until(() => client.snapshot.connection.kind === 'open', 'the connection');
    const controller = new DeskController({ client, clock: systemClock, replies: [] });
    controller.open(sessionId, 'force');
    controller.start();
    await until(() => client.snapshot.sessions.get(sessionId)?.role === 'holder', 'the session');
    for (let loaded = 1; loaded > 0 && count() < lines; ) loaded = await client.loadOlder(sessionId, 500);
    if (count() < lines) throw new Error(`only ${count()} lines of history`);
    terminal = createTerminal();
    const { stdin, stdout } = terminal;
    const screen = createElement(DeskScreen, { client, controller, theme: terminalTheme(true), clock: systemClock });
    render(screen, { stdin, stdout, exitOnCtrlC: false, patchConsole: false });
  },
  async keys({ count: keys, everyMs }) {
    const before = client.snapshot.sessions.get(id).chat.lastSeq;
    const startedAt = performance.now();
    const times = await typed(terminal, keys, everyMs);
    const seconds = (performance.now() - startedAt) / 1_000;
    return { ...times, arrived: (client.snapshot.sessions.get(id).chat.lastSeq - before) / seconds };
  },
  lines: count,
  resident: residentBytes,
});

function count() {
  return client.snapshot.sessions.get(id)?.chat.timeline.length ?? 0;
}
