// Station: test/helpers. The core as dispatch calls it, and a socket that dispatch serves. Called by tests of dispatch.
import type { ChatSockets } from '../../src/server/chat/api.js';
import type { Dispatcher, FrameSource } from '../../src/server/dispatch/api.js';
import type { User } from '../../src/server/ports/participant.js';
import { type FakeSocket, fakeSocket } from './core.js';

/** A core that remembers its calls, as `[name, …arguments but the socket]`. */
export interface ScriptedChat extends ChatSockets {
  readonly calls: unknown[][];
  /** What the next calls reject with, until it is null again. */
  failure: unknown;
}

/** Makes a core that does nothing. */
export function scriptedChat(): ScriptedChat {
  const calls: unknown[][] = [];
  const call =
    (name: string) =>
    async (...given: unknown[]) => {
      calls.push([name, ...given.slice(1)]);
      if (chat.failure !== null) throw chat.failure;
    };
  const chat: ScriptedChat = {
    calls,
    failure: null,
    attach: call('attach'),
    detach: () => void calls.push(['detach']),
    sessionIdOf: () => 'session-1',
    say: call('say'),
    shareFile: call('shareFile'),
    selectModel: call('selectModel'),
    requestHelp: call('requestHelp'),
    cancel: call('cancel'),
    retry: call('retry'),
    typing: call('typing'),
    resume: call('resume'),
    join: call('join'),
    leave: call('leave'),
    watch: call('watch'),
    whisper: call('whisper'),
    sayAsAdmin: call('sayAsAdmin'),
  };
  return chat;
}

/** A socket with a token that can be renewed. */
export type FakeSource = FakeSocket & FrameSource & { readonly tokens: string[]; onDone: (fault?: unknown) => void };

/** Makes a socket. */
export function fakeSource(user: Partial<User> = {}): FakeSource {
  const tokens: string[] = [];
  const source: FakeSource = Object.assign(fakeSocket(user), {
    tokens,
    refreshToken: async (token: string) => void tokens.push(token),
    onDone: () => undefined,
    frameDone: (fault?: unknown) => source.onDone(fault),
  });
  return source;
}

/** Gives the dispatcher one frame; resolves when that is done, which must be once. Rejects with the fault. */
export function dispatched(dispatcher: Dispatcher, source: FakeSource, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    source.onDone = (fault) => {
      source.onDone = () => {
        throw new Error('a frame was done twice');
      };
      if (fault === undefined) resolve();
      else reject(fault);
    };
    dispatcher.frame(source, bytes);
  });
}
