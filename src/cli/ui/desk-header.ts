// Station: cli/ui. The lines above a conversation at the desk: tabs, who holds it, lease and connection. Pure. Called by the desk's screen.
import type { DeskSession, DeskSnapshot } from '../../client/desk-snapshot.js';
import { ageText } from './age-text.js';
import { cutLine, widthOf } from './layout.js';
import { safeLine } from './safe-text.js';
import type { Theme } from './theme.js';
import { connectionText } from './words.js';

/** How a header is drawn. */
export interface HeaderStyle {
  readonly columns: number;
  readonly theme: Theme;
  readonly nowMs: number;
  /** The session that is shown; null for the picker. */
  readonly shownId: string | null;
  /** Sessions with something new that was not looked at. */
  readonly unseen: ReadonlySet<string>;
}

/** Tabs on one line; cut where there are more than fit, around the one that is shown. */
export function tabLine({ sessions, helpCalls }: DeskSnapshot, style: HeaderStyle): string {
  const { columns, shownId, theme, unseen } = style;
  const calls = helpCalls.length === 0 ? '' : ` (${helpCalls.length} ask for help)`;
  const tabs = [
    { label: ` Sessions${calls} `, isShown: shownId === null, isNew: helpCalls.length > 0 },
    ...[...sessions.values()].map((session, at) => ({
      label: ` ${at + 1} ${tabLabel(session)}${unseen.has(session.sessionId) ? '*' : ''} `,
      isShown: session.sessionId === shownId,
      isNew: unseen.has(session.sessionId),
    })),
  ];
  let first = 0;
  const shown = tabs.findIndex(({ isShown }) => isShown);
  const width = (from: number): number =>
    tabs.slice(from, shown + 1).reduce((sum, { label }) => sum + widthOf(label) + 1, 0);
  while (first < shown && width(first) > columns) first += 1;
  let left = columns;
  const parts: string[] = [];
  for (const { label, isShown, isNew } of tabs.slice(first)) {
    const text = cutLine(label, left);
    if (text === '' || left < 3) break;
    left -= widthOf(text) + 1;
    parts.push(isShown ? theme.inverse(text) : isNew ? theme.warning(text) : theme.dim(text));
  }
  return parts.join(' ');
}

function tabLabel({ chat, ownerId, role, sessionId }: DeskSession): string {
  const mark = { holder: '', watcher: '(watching) ', joining: '(joining) ', out: '(out) ' }[role];
  return mark + cutLine(safeLine(ownerId ?? chat.sessionName ?? '') || sessionId.slice(0, 8), 16);
}

/** What the session and the connection are, on one line. */
export function stateLine(session: DeskSession | null, { connection }: DeskSnapshot, style: HeaderStyle): string {
  const { columns, theme, nowMs } = style;
  const parts = session === null ? [] : [roleText(session), leaseText(session, nowMs), helpText(session)];
  const line = [...parts, connectionText(connection), '? keys'].filter((part) => part !== '').join(' · ');
  const isTrouble =
    connection.kind !== 'open' || session?.lease.kind === 'lost' || session?.lease.kind === 'running_out';
  return (isTrouble ? theme.warning : theme.dim)(cutLine(line, columns));
}

function roleText({ role, chat }: DeskSession): string {
  const holder = chat.floor.holder === 'admin' ? safeLine(chat.floor.name) : 'the model';
  switch (role) {
    case 'joining':
      return 'joining…';
    case 'holder':
      return 'you hold it';
    case 'watcher':
      return `watching, ${holder} answers`;
    case 'out':
      return chat.isEnded ? 'ended' : 'not held by you';
  }
}

function leaseText({ lease }: DeskSession, nowMs: number): string {
  switch (lease.kind) {
    case 'none':
      return '';
    case 'held':
      return `lease ${Math.round(lease.leaseMs / 1_000)} s, renewed`;
    case 'running_out':
      return `lease ends in ${Math.max(0, Math.ceil((lease.endsAtMs - nowMs) / 1_000))} s`;
    case 'lost':
      return lease.to === null ? 'the lease ran out: Ctrl-T takes it again' : `${safeLine(lease.to)} took it over`;
  }
}

function helpText({ chat }: DeskSession): string {
  return chat.help.isRequested ? 'asks for a person' : '';
}

/** How long ago something was, in a few characters. */
export function sinceText(timestamp: string, nowMs: number): string {
  const at = Date.parse(timestamp);
  return Number.isNaN(at) ? '' : ageText(nowMs - at);
}
