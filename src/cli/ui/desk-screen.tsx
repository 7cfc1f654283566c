// Station: cli/ui. The screen of `chatbox takeover`: tabs, a conversation or the list, a line to write in. Called by run-desk-screen; draws the client's snapshot and the controller's state.
import { Box, Text, useApp, useInput } from 'ink';
import { useEffect, useReducer } from 'react';
import type { DeskSnapshot } from '../../client/desk-snapshot.js';
import type { Clock } from '../../common/clock.js';
import { conversationWindow } from './conversation-window.js';
import type { DeskController } from './desk-controller.js';
import { stateLine, tabLine } from './desk-header.js';
import { deskKeyHelp } from './desk-keys.js';
import { type DeskState, draftOf, fittingReplies, type Prompt } from './desk-state.js';
import type { DeskClientPort } from './desk-work.js';
import { draftRows } from './draft-rows.js';
import { InputLine } from './input-line.js';
import { cutLine } from './layout.js';
import { pickerLines } from './picker-rows.js';
import { safeLine } from './safe-text.js';
import type { Theme } from './theme.js';
import { useSnapshot } from './use-snapshot.js';
import { useTerminalSize } from './use-terminal-size.js';

/** What the screen needs. */
export interface DeskScreenProps {
  readonly client: DeskClientPort;
  readonly controller: DeskController;
  readonly theme: Theme;
  readonly clock: Clock;
}

const tickMs = 1_000;

/** The whole screen, as high as the terminal. It ends through Ink's `exit`. */
export function DeskScreen({ client, controller, theme, clock }: DeskScreenProps) {
  const { exit } = useApp();
  const size = useTerminalSize();
  const snapshot = useSnapshot(client, clock);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const leave = controller.subscribe(() => {
      if (controller.state.isDone) exit();
      // A key is drawn at once; what arrives is drawn as often as an eye can follow.
      draw();
    });
    return leave;
  }, [controller, exit]);
  useEffect(() => {
    let timer = clock.after(tickMs, tick);
    function tick(): void {
      draw();
      timer = clock.after(tickMs, tick);
    }
    return () => timer.cancel();
  }, [clock]);
  useInput((input, key) => controller.press(input, key));

  const { state } = controller;
  // One row less than the terminal has: Ink clears the screen for one that is as high.
  const rows = Math.max(3, size.rows - 1);
  const frame = { columns: size.columns, rows, theme, nowMs: clock.now() };
  const draft = draftOf(state);
  const inputRows = hasInput(state) ? draftRows(draft, size.columns - 2, Math.max(1, Math.floor(rows / 3))).length : 0;
  const below = belowLines(state, controller, frame).slice(0, Math.max(0, rows - inputRows - 2));
  const isTall = rows - inputRows - below.length > 3;
  const style = { ...frame, shownId: state.shownId, unseen: state.unseen };
  const session = state.shownId === null ? null : (snapshot.sessions.get(state.shownId) ?? null);
  const head = [...(isTall ? [tabLine(snapshot, style)] : []), stateLine(session, snapshot, style)];
  const room = Math.max(1, rows - head.length - below.length - inputRows);
  const body = state.areKeysShown ? keyLines(frame, room) : bodyLines(snapshot, controller, { ...frame, rows: room });
  const filled = [...body, ...new Array<string>(Math.max(0, room - body.length)).fill('')];
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">{[...head, ...filled, ...below].map((line) => line || ' ').join('\n')}</Text>
      {inputRows > 0 && <InputLine draft={draft} columns={size.columns} maxRows={inputRows} theme={theme} />}
    </Box>
  );
}

interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly nowMs: number;
}

/** In the list nothing is written, except a filter; a question is answered by a key. */
function hasInput({ prompt, shownId }: DeskState): boolean {
  return prompt === null ? shownId !== null : 'draft' in prompt;
}

function bodyLines(snapshot: DeskSnapshot, controller: DeskController, frame: Frame): readonly string[] {
  const { shownId, lastLine, selectedId, listed, isListCut, filter, scrolledUp } = controller.state;
  if (shownId === null) {
    const shown = controller.listed;
    const selected = selectedId ?? shown[0]?.id ?? null;
    const state = {
      sessions: listed,
      filter,
      isCut: isListCut,
      selectedId: selected,
      lastLine: lastLine?.sessionId === selected ? lastLine.text : null,
    };
    return pickerLines(state, shown, snapshot.helpCalls, frame);
  }
  const session = snapshot.sessions.get(shownId);
  if (session === undefined) return [frame.theme.dim('This session is not at the desk any more.')];
  const window = conversationWindow(session.chat, { ...frame, scrolledUp: scrolledUp.get(shownId) ?? 0 });
  controller.scrolledTo(shownId, window.scrolledUp);
  return window.lines;
}

function keyLines({ columns, theme }: Frame, rows: number): readonly string[] {
  return deskKeyHelp
    .slice(0, rows)
    .map(([key, meaning]) => theme.dim(cutLine(`${key.padEnd(27)} ${meaning}`, columns)));
}

/** What stands between the conversation and the line: a question, canned replies, a remark. */
function belowLines(state: DeskState, controller: DeskController, frame: Frame): string[] {
  const { prompt, remark } = state;
  const { columns, theme, rows } = frame;
  const lines = remark === '' ? [] : [theme.warning(cutLine(safeLine(remark), columns))];
  if (prompt === null) return lines;
  return [
    ...lines,
    ...replyLines(prompt, controller, frame).slice(0, Math.max(1, Math.floor(rows / 3))),
    theme.person(cutLine(question(prompt), columns)),
  ];
}

function question(prompt: Prompt): string {
  switch (prompt.kind) {
    case 'note':
      return 'Hand back to the model. A note to it, or nothing (Enter hands back, Esc stays):';
    case 'whisper':
      return 'Whisper to the model, unseen by the user (Enter, Esc):';
    case 'filter':
      return 'Filter by user, name, id or state (Enter, Esc):';
    case 'replies':
      return 'Canned reply (type to find, Enter takes it, Esc):';
    case 'force':
      return `Take it from them? (y/N) ${safeLine(prompt.why)}`;
    case 'quit':
      return `Quit? (y/N) ${prompt.why}.`;
  }
}

function replyLines(prompt: Prompt, { replies }: DeskController, { columns, theme }: Frame): string[] {
  if (prompt.kind !== 'replies') return [];
  const fitting = fittingReplies(replies, prompt.draft.text);
  if (fitting.length === 0) return [theme.dim('None fits.')];
  const from = Math.max(0, prompt.selected - 2);
  return fitting.slice(from, from + 5).map(({ title, text }, at) => {
    const line = cutLine(`${safeLine(title)}  ${safeLine(text)}`, columns);
    return from + at === prompt.selected ? theme.inverse(line) : theme.dim(line);
  });
}
