// Station: cli/ui. What the desk's screen shows beside what the client knows: which tab, drafts, questions, the list. Pure. Called by the desk's controller and views.
import type { DeskSummary } from '../../client/desk-list.js';
import type { DeskSnapshot } from '../../client/desk-snapshot.js';
import { type Draft, emptyDraft } from './draft.js';

/** A canned reply: its first line names it in the list. */
export interface Reply {
  readonly title: string;
  readonly text: string;
}

/** A question that stands in the way of everything else. */
export type Prompt =
  | { readonly kind: 'note'; readonly draft: Draft }
  | { readonly kind: 'whisper'; readonly draft: Draft }
  | { readonly kind: 'filter'; readonly draft: Draft }
  | { readonly kind: 'replies'; readonly draft: Draft; readonly selected: number }
  | { readonly kind: 'force'; readonly sessionId: string; readonly why: string }
  | { readonly kind: 'quit'; readonly why: string };

/** So many sessions of the newest are listed, and as many of those that wait for help: two requests at most. */
export const listLimit = 500;

/** The screen's own state. Every change makes a new one. */
export interface DeskState {
  /** The session that is shown; null for the list. */
  readonly shownId: string | null;
  readonly drafts: ReadonlyMap<string, Draft>;
  readonly scrolledUp: ReadonlyMap<string, number>;
  /** Sessions with something new since they were shown. */
  readonly unseen: ReadonlySet<string>;
  readonly prompt: Prompt | null;
  readonly areKeysShown: boolean;
  readonly listed: readonly DeskSummary[];
  /** Whether more sessions are active than are listed. */
  readonly isListCut: boolean;
  readonly filter: string;
  readonly selectedId: string | null;
  readonly lastLine: { readonly sessionId: string; readonly text: string } | null;
  /** What went wrong or was done last, for a person; empty for nothing. */
  readonly remark: string;
  readonly isDone: boolean;
}

/** Before anything was pressed. */
export const initialDeskState: DeskState = {
  shownId: null,
  drafts: new Map(),
  scrolledUp: new Map(),
  unseen: new Set(),
  prompt: null,
  areKeysShown: false,
  listed: [],
  isListCut: false,
  filter: '',
  selectedId: null,
  lastLine: null,
  remark: '',
  isDone: false,
};

/** The draft that keys go to: the question's, else the one of the session that is shown. */
export function draftOf(state: DeskState): Draft {
  const { prompt, shownId, drafts } = state;
  if (prompt !== null && 'draft' in prompt) return prompt.draft;
  return (shownId === null ? undefined : drafts.get(shownId)) ?? emptyDraft;
}

/** The state with another draft in the place of `draftOf`. */
export function withDraft(state: DeskState, draft: Draft): DeskState {
  const { prompt, shownId } = state;
  if (prompt !== null && 'draft' in prompt) {
    const changed = { ...state, prompt: { ...prompt, draft } };
    return prompt.kind === 'filter' ? { ...changed, filter: draft.text } : changed;
  }
  return shownId === null ? state : { ...state, drafts: new Map(state.drafts).set(shownId, draft) };
}

/** Why quitting is asked about first; null where nothing would be lost. */
export function whyNotQuit(state: DeskState, { sessions }: DeskSnapshot): string | null {
  const held = [...sessions.values()].filter(({ role }) => role === 'holder').length;
  const drafts = [...state.drafts.values()].filter(({ text }) => text.trim() !== '').length;
  const parts = [
    ...(held === 0 ? [] : [`you hold ${held === 1 ? 'a session' : `${held} sessions`}, which goes back to the model`]),
    ...(drafts === 0 ? [] : [`${drafts === 1 ? 'a draft' : `${drafts} drafts`} would be lost`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** Canned replies that fit what was typed after the `/`. */
export function fittingReplies(replies: readonly Reply[], typed: string): readonly Reply[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return replies.filter(({ title, text }) => {
    const all = `${title} ${text}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** The tab so many steps away: the list first, then the sessions in their order. */
export function tabAway(state: DeskState, { sessions }: DeskSnapshot, steps: number): string | null {
  const tabs = [null, ...sessions.keys()];
  const at = Math.max(0, tabs.indexOf(state.shownId));
  return tabs[(at + steps + tabs.length) % tabs.length] ?? null;
}
