// Station: cli/ui. The screen of `chatbox top`: numbers, and who waits. Called by run-top-screen; the looks come from outside.
import { Text, useApp, useInput } from 'ink';
import { useEffect, useState } from 'react';
import type { Clock } from '../../common/clock.js';
import { sinceText } from './desk-header.js';
import { cutLine } from './layout.js';
import { safeLine } from './safe-text.js';
import type { Theme } from './theme.js';
import { useTerminalSize } from './use-terminal-size.js';

/** What is drawn of a look. */
export interface TopLook {
  readonly connections: number;
  readonly sessions: number;
  readonly answering: number;
  readonly waiting_for_help: number;
  readonly tokens_per_second: number | null;
  readonly waiting: readonly {
    readonly session_id: string;
    readonly user_id: string;
    readonly since: string;
    readonly name: string;
  }[];
}

/** What the screen needs. */
export interface TopScreenProps {
  readonly first: TopLook;
  readonly look: () => Promise<TopLook>;
  readonly everyMs: number;
  readonly theme: Theme;
  readonly clock: Clock;
}

/** The whole screen. `q` ends it. */
export function TopScreen({ first, look, everyMs, theme, clock }: TopScreenProps) {
  const { exit } = useApp();
  const { columns, rows } = useTerminalSize();
  const [seen, setSeen] = useState(first);
  const [trouble, setTrouble] = useState('');
  useEffect(() => {
    let isOver = false;
    let timer = clock.after(everyMs, again);
    function again(): void {
      look()
        .then(
          (next) => {
            setSeen(next);
            setTrouble('');
          },
          (error: unknown) => setTrouble(error instanceof Error ? error.message : 'the server did not answer'),
        )
        .finally(() => {
          if (!isOver) timer = clock.after(everyMs, again);
        });
    }
    return () => {
      isOver = true;
      timer.cancel();
    };
  }, [look, everyMs, clock]);
  useInput((input, key) => {
    if (input === 'q' || (key.ctrl && (input === 'c' || input === 'd'))) exit();
  });
  return (
    <Text wrap="truncate">
      {topLines(seen, { columns, rows: rows - 1, theme, nowMs: clock.now(), trouble }).join('\n')}
    </Text>
  );
}

interface TopStyle {
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly nowMs: number;
  /** Why the last look failed; empty when it did not. */
  readonly trouble: string;
}

/** At most `rows` lines. */
export function topLines(look: TopLook, { columns, rows, theme, nowMs, trouble }: TopStyle): string[] {
  const rate = look.tokens_per_second === null ? '–' : String(look.tokens_per_second);
  const numbers: readonly (readonly [string, string])[] = [
    ['connections', String(look.connections)],
    ['sessions', String(look.sessions)],
    ['answers in flight', String(look.answering)],
    ['tokens/s', rate],
    ['waiting for help', String(look.waiting_for_help)],
  ];
  const head = numbers.map(([name, value]) => cutLine(`${name.padEnd(18)} ${value}`, columns));
  const foot =
    trouble === '' ? theme.dim(cutLine('q quits', columns)) : theme.warning(cutLine(safeLine(trouble), columns));
  const waiting = look.waiting.map(({ user_id, since, name, session_id }) =>
    theme.warning(
      cutLine(`${sinceText(since, nowMs).padEnd(5)} ${safeLine(user_id)}  ${safeLine(name) || session_id}`, columns),
    ),
  );
  const room = Math.max(0, rows - head.length - 1);
  return [...head, ...waiting.slice(0, room), foot].slice(-Math.max(1, rows));
}
