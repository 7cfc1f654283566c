// Station: test/helpers. A model that never stops by itself: one piece after another, as fast as the event loop turns. Called by tests of fencing.
import { type Completion, LlmError, type LlmProvider } from '../../src/server/ports/llm.js';

/** Makes the model. Each piece is its number and a space, so that what is missing or doubled shows. */
export function pumpModel(): LlmProvider {
  return {
    name: 'pump',
    models: [{ id: 'pump', name: 'pump' }],
    ask(_request, onText, signal) {
      return new Promise<Completion>((_resolve, reject) => {
        let number = 0;
        const pump = (): void => {
          if (signal.aborted) {
            reject(new LlmError('aborted', 'stopped'));
            return;
          }
          onText(`${number} `);
          number += 1;
          setImmediate(pump);
        };
        pump();
      });
    },
    health: () => ({ ok: true }),
    close: async () => undefined,
  };
}
