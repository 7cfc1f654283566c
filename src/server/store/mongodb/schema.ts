// Station: store/mongodb. The fields of each collection as the server is told them: one table, from which validators are made and raw documents are checked (finding M3).
import type { Document } from 'mongodb';
import type {
  AccountDocument,
  AsideDocument,
  EntryDocument,
  NoteDocument,
  PulseDocument,
  SessionDocument,
  TurnDocument,
} from './documents.js';
import type { CollectionName } from './indexes.js';

/** A field: its BSON types, and whether every document has it. */
interface FieldRule {
  readonly types: readonly string[];
  readonly isRequired: boolean;
}

type Rules<T> = { readonly [K in keyof Required<T>]: FieldRule };

const always = (...types: string[]): FieldRule => ({ types, isRequired: true });
const sometimes = (...types: string[]): FieldRule => ({ types, isRequired: false });
/** Whole numbers come as int, long or double, as the driver finds them to fit. */
const number = ['int', 'long', 'double'];
const text = ['string', 'object'];

const sessions: Rules<SessionDocument> = {
  _id: always('string'),
  uid: always('string'),
  nm: always(...text),
  modelId: always('string', 'null'),
  ts: always('date'),
  endTs: sometimes('date'),
  dur: always(...number),
  adminAssisted: always('bool'),
  assistingAdminId: always('string', 'null'),
  assistingAdminName: always(...text, 'null'),
  helpRequested: always('bool'),
  totalTokens: always(...number),
  lastActivity: always('date'),
  maxRespTime: always(...number),
  avgRespTime: always(...number),
  shareToken: sometimes('string'),
  _ts: always('date'),
  _mt: always('date'),
  v: always(...number),
  ownerKey: always('string'),
  ord: always(...number),
  bornNm: always(...text),
  bornModelId: always('string', 'null'),
  seq: always(...number),
  named: always('bool'),
  msgCount: always(...number),
  floor: always('object'),
  floorEpoch: always(...number),
  waitingSeq: always(...number, 'null'),
  respCount: always(...number),
  respTotalMs: always(...number),
  active: always('bool'),
  endKey: always(...number),
  span: always(...number),
  attachedUntil: always(...number),
};

const messages: Rules<EntryDocument> = {
  _id: always('string'),
  sid: always('string'),
  seq: always(...number),
  send: always('string'),
  w: always('string'),
  at: always('date'),
  kind: always('string'),
  sender: sometimes('string'),
  type: sometimes('string'),
  messageId: sometimes('string'),
  authorId: sometimes('string', 'null'),
  sealed: sometimes('string'),
  authorName: sometimes(...text, 'null'),
  content: sometimes(...text),
  fileId: sometimes(...text),
  fileUrl: sometimes(...text),
  meta: sometimes('string'),
  modelId: sometimes('string'),
  turnId: sometimes('string'),
  end: sometimes('string'),
  promptTokens: sometimes(...number),
  completionTokens: sometimes(...number),
  elapsedMs: sometimes(...number),
  answersThrough: sometimes(...number),
  holder: sometimes('object'),
  previous: sometimes('object'),
  epoch: sometimes(...number),
  forced: sometimes('bool'),
  lapsed: sometimes('bool'),
  place: sometimes(...number),
  name: sometimes(...text),
  reason: sometimes('string'),
};

const turns: Rules<TurnDocument> = {
  _id: always('string'),
  sid: always('string'),
  promptSeq: always(...number),
  attempt: always(...number),
  throughSeq: always(...number),
  state: always('string'),
  owner: always('string', 'null'),
  epoch: always(...number),
  leaseUntil: always(...number),
  modelId: always('string'),
  startedAt: always(...number),
  text: always(...text),
  promptTokens: always(...number, 'null'),
  completionTokens: always(...number, 'null'),
  end: always('string', 'null'),
  elapsedMs: always(...number),
  failure: always('string', 'null'),
  unfinished: sometimes('string'),
  unsettled: sometimes(...number),
};

const asides: Rules<AsideDocument> = {
  _id: always('string'),
  sid: always('string'),
  id: always('string'),
  seq: always(...number),
  kind: always('string'),
  adminId: always('string'),
  at: always('date'),
  text: always(...text),
};

const accounts: Rules<AccountDocument> = { _id: always('string'), last: always(...number) };
const notes: Rules<NoteDocument> = { _id: always('string'), value: always('string') };
const pulse: Rules<PulseDocument> = { _id: always('string'), beats: always(...number) };

/** Every field that is ever written, by collection. */
export const collectionRules: Readonly<Record<CollectionName, Readonly<Record<string, FieldRule>>>> = {
  sessions,
  messages,
  turns,
  asides,
  accounts,
  notes,
  pulse,
};

/**
 * The validator of a collection. Only documents of ours are looked at: those of the reference lie in `sessions` too until they are imported.
 * It warns (validationAction), so that a version that knows more fields can run beside this one.
 */
export function validatorOf(collection: CollectionName): Document {
  const rules = Object.entries(collectionRules[collection]);
  const schema = {
    bsonType: 'object',
    required: rules.filter(([, { isRequired }]) => isRequired).map(([name]) => name),
    properties: Object.fromEntries(rules.map(([name, { types }]) => [name, { bsonType: types }])),
    additionalProperties: false,
  };
  if (collection !== 'sessions') return { $jsonSchema: schema };
  return { $or: [{ v: { $exists: false } }, { $jsonSchema: schema }] };
}
