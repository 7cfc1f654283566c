// Station: cli/ui. The client's snapshot as React state, at most so often as an eye can follow. Called by the screen.
import { useEffect, useState } from 'react';
import type { Clock, Timer } from '../../common/clock.js';

const frameMs = 33;

/** Whatever has a snapshot and says when it changes. */
interface Observed<T> {
  readonly snapshot: T;
  subscribe(listener: () => void): () => void;
}

/** The snapshot now. A burst of changes is drawn once at its beginning and once every 33 ms. */
export function useSnapshot<T>(client: Observed<T>, clock: Clock): T {
  const [snapshot, setSnapshot] = useState(client.snapshot);
  useEffect(() => {
    let timer: Timer | null = null;
    let isStale = false;
    const show = (): void => {
      isStale = false;
      setSnapshot(client.snapshot);
      timer = clock.after(frameMs, () => {
        timer = null;
        if (isStale) show();
      });
    };
    const leave = client.subscribe(() => {
      isStale = true;
      if (timer === null) show();
    });
    setSnapshot(client.snapshot);
    return () => {
      leave();
      timer?.cancel();
    };
  }, [client, clock]);
  return snapshot;
}
