// Station: cli/ui. The screen of `chatbox chat`: finished lines scroll away above, the live region stands below. Called by run-chat-screen; reads snapshots only.
import { Box, Text, useApp, useInput } from 'ink';
import { useRef, useState } from 'react';
import type { ChatClient } from '../../client/chat-client.js';
import type { Clock } from '../../common/clock.js';
import { limits } from '../../protocol/limits.js';
import { type Draft, emptyDraft, press, sent, write } from './draft.js';
import { draftRows } from './draft-rows.js';
import { InputLine } from './input-line.js';
import { type Action, actionsOf, keysOf } from './keys.js';
import { liveLines, statusLine } from './live-lines.js';
import type { Theme } from './theme.js';
import { usePrinted } from './use-printed.js';
import { useSnapshot } from './use-snapshot.js';
import { useTerminalSize } from './use-terminal-size.js';

/** What the screen needs. */
export interface ChatScreenProps {
  readonly client: ChatClient;
  readonly theme: Theme;
  readonly clock: Clock;
}

/** The whole screen. It ends through Ink's `exit`. */
export function ChatScreen({ client, theme, clock }: ChatScreenProps) {
  const { exit } = useApp();
  const size = useTerminalSize();
  const { columns, rows } = size;
  const snapshot = useSnapshot(client, clock);
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [areKeysShown, setKeysShown] = useState(false);
  const [alertsSeenAtMs, setAlertsSeenAtMs] = useState(0);
  const [refusal, setRefusal] = useState('');
  // Keys may come faster than React draws: what the next one is applied to is kept here.
  const live = useRef({ draft, isPasting: false });
  usePrinted(snapshot, size, theme);

  const edit = (change: (draft: Draft) => Draft): void => {
    live.current.draft = change(live.current.draft);
    setDraft(live.current.draft);
  };

  const submit = (): void => {
    const { text } = live.current.draft;
    if (text.endsWith('\\')) {
      edit((draft) => write(press({ ...draft, cursor: text.length }, 'backspace'), '\n', limits.content));
      return;
    }
    if (text.trim() === '') return;
    setAlertsSeenAtMs(clock.now());
    setRefusal('');
    // What becomes of a send stands in the snapshot; one that was not even taken up leaves the draft where it is.
    client.send(text).catch((error: unknown) => {
      if (!client.snapshot.pending.some(({ content }) => content === text.trim())) setRefusal(reasonOf(error));
    });
    if (client.snapshot.pending.some(({ content, status }) => content === text.trim() && status === 'sending'))
      edit(sent);
  };

  const act = (action: Action): void => {
    switch (action.kind) {
      case 'write':
        client.typing();
        setKeysShown(false);
        edit((draft) => write(draft, action.text, limits.content));
        return;
      case 'edit':
        edit((draft) => press(draft, action.key));
        return;
      case 'submit':
        submit();
        return;
      case 'paste':
        live.current.isPasting = action.isOn;
        return;
      case 'show_keys':
        setKeysShown((isShown) => !isShown);
        return;
      case 'hide_keys':
        setKeysShown(false);
        return;
      case 'interrupt':
        if (!client.cancel()) exit();
        return;
      case 'quit':
        exit();
        return;
      default:
        command(client, action.kind);
    }
  };

  useInput((input, key) => {
    for (const [each, pressed] of keysOf(input, key, live.current.isPasting)) {
      const state = { isPasting: live.current.isPasting, isEmpty: live.current.draft.text === '' };
      for (const action of actionsOf(each, pressed, state)) act(action);
    }
  });

  // The live region must be lower than the terminal: Ink clears the screen, and its scrollback, for one that is not.
  const inputRows = draftRows(draft, columns - 2, Math.max(1, Math.floor(rows / 3))).length;
  const room = Math.max(1, rows - inputRows - 2);
  const above = liveLines(snapshot, { columns, rows: room, theme, areKeysShown, alertsSeenAtMs, refusal });
  return (
    <Box flexDirection="column">
      {above.length > 0 && <Text wrap="truncate">{above.join('\n')}</Text>}
      <InputLine draft={draft} columns={columns} maxRows={inputRows} theme={theme} />
      <Text wrap="truncate">{theme.dim(statusLine(snapshot, columns))}</Text>
    </Box>
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'It was not sent.';
}

function command(
  client: ChatClient,
  kind: 'retry' | 'help_request' | 'new_session' | 'next_model' | 'send_again',
): void {
  const { snapshot } = client;
  switch (kind) {
    case 'retry':
      client.retry();
      return;
    case 'help_request':
      client.requestHelp();
      return;
    case 'new_session':
      client.newSession();
      return;
    case 'next_model': {
      const at = snapshot.models.findIndex(({ id }) => id === snapshot.modelId);
      const next = snapshot.models[(at + 1) % Math.max(1, snapshot.models.length)];
      if (next !== undefined && next.id !== snapshot.modelId) client.selectModel(next.id);
      return;
    }
    case 'send_again':
      for (const { messageId, status } of snapshot.pending) {
        if (status === 'failed') client.sendAgain(messageId).catch(() => undefined);
      }
  }
}
