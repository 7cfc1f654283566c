// The least that Ink can do for a line that is written: the peer of the screen's goal.
import { render, Text, useInput } from 'ink';
import { createElement, useState } from 'react';
import { residentBytes, serveParent } from '../lib/child.mjs';
import { createTerminal, typed } from './terminal.mjs';

let terminal = null;

function Empty() {
  const [line, setLine] = useState('');
  useInput((input, key) => setLine((before) => (key.ctrl ? '' : before + input)));
  return createElement(Text, null, `> ${line}`);
}

serveParent({
  open() {
    terminal = createTerminal();
    const { stdin, stdout } = terminal;
    render(createElement(Empty), { stdin, stdout, exitOnCtrlC: false, patchConsole: false });
  },
  keys: ({ count, everyMs }) => typed(terminal, count, everyMs),
  resident: residentBytes,
});
