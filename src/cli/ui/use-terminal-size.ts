// Station: cli/ui. The size of the terminal as React state. Called by the screen.
import { useStdout } from 'ink';
import { useEffect, useState } from 'react';

/** Cells of the terminal. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

const usual: TerminalSize = { columns: 80, rows: 24 };

/** The size now; changes with the window. */
export function useTerminalSize(): TerminalSize {
  const { stdout } = useStdout();
  const [size, setSize] = useState(() => sizeOf(stdout));
  useEffect(() => {
    const resized = () => setSize(sizeOf(stdout));
    stdout.on('resize', resized);
    return () => void stdout.off('resize', resized);
  }, [stdout]);
  return size;
}

function sizeOf(stdout: { readonly columns?: number; readonly rows?: number }): TerminalSize {
  return { columns: stdout.columns || usual.columns, rows: stdout.rows || usual.rows };
}
