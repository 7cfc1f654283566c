// Station: cli/ui. The client's snapshot as React state, at most so often as an eye can follow. Called by the screen.
import { useEffect, useState } from 'react';
import type { ChatClient } from '../../client/chat-client.js';
import type { Snapshot } from '../../client/snapshot.js';
import type { Clock, Timer } from '../../common/clock.js';

const frameMs = 33;

/** The snapshot now. A burst of changes is drawn once at its beginning and once every 33 ms. */
export function useSnapshot(client: ChatClient, clock: Clock): Snapshot {
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
