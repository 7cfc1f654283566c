// A model that the test plays: each question waits until the test says what to answer.
import { type Deferred, deferred } from '../../src/common/deferred.js';
import { type Completion, LlmError, type LlmProvider, type LlmRequest } from '../../src/server/ports/llm.js';

/** One question that was asked. */
export interface Question {
  readonly request: LlmRequest;
  /** True once the server stopped it. */
  readonly isAborted: boolean;
  say(piece: string): void;
  end(finish?: Completion['finish']): void;
  fail(error: LlmError): void;
}

/** The model and the questions that it was asked. */
export interface GatedModel {
  readonly provider: LlmProvider;
  readonly questions: readonly Question[];
  /** The question of that number (from 0), once it was asked. */
  question(number: number): Promise<Question>;
}

/** Makes the model. `onPiece` may look at each piece as it is said. */
export function gatedModel(modelIds: readonly string[] = ['gated']): GatedModel {
  const questions: Question[] = [];
  const awaited = new Map<number, Deferred<Question>>();
  const place = (number: number) => {
    const known = awaited.get(number) ?? deferred<Question>();
    awaited.set(number, known);
    return known;
  };

  const provider: LlmProvider = {
    name: 'gated',
    models: modelIds.map((id) => ({ id, name: id })),
    ask(request, onText, signal) {
      const outcome = deferred<Completion>();
      const question: Question = {
        request,
        get isAborted() {
          return signal.aborted;
        },
        say(piece) {
          if (!signal.aborted) onText(piece);
        },
        end: (finish = 'stop') => outcome.resolve({ finish, usage: { promptTokens: 7, completionTokens: 5 } }),
        fail: (error) => outcome.reject(error),
      };
      signal.addEventListener('abort', () => outcome.reject(new LlmError('aborted', 'stopped')), { once: true });
      questions.push(question);
      place(questions.length - 1).resolve(question);
      return outcome.promise;
    },
    health: () => ({ ok: true }),
    close: async () => undefined,
  };
  return { provider, questions, question: (number) => place(number).promise };
}
