// Station: store/sqlite. The tables, as ordered migrations. Called by migrate; add a migration, never change one that was released.

/** Marks a file as ours (PRAGMA application_id): "chbx". */
export const applicationId = 0x63686278;

/** What `session.end_key` holds while a session is active: later than every end, so that an active session sorts as the one that ends last. */
export const neverEnded = Number.MAX_SAFE_INTEGER;

/**
 * Why it looks like this:
 * - A session has a small integer key: each entry and each index entry then costs few bytes, and those of sessions of one time lie together.
 * - `entry` is a table in order of arrival: a commit of 100 entries for 100 sessions so writes a few full pages, where a table clustered by (session, seq) would
 *   write a page for each session. What finds an entry is narrow and is written in bulk: see `foldedIndexes`, which replaced the indexes of version 1.
 * - `behind` holds exactly the sessions whose log is ahead of their projection, with the time of the oldest entry that is not in it. Append and a
 *   trigger of the projection keep it in their own transactions, so no crash can part them. It is as small as what is unprojected, and so cheap to scan.
 * - Of a session and a turn the JSON is what is read back; the columns beside it exist for WHERE and ORDER BY. SQLite would cut text at a NUL and spoil a
 *   lone surrogate; in JSON both are escaped.
 * - Each sort of a list has an index that ends in the id (ties), alone and behind the user. `span` is the duration of an ended session, and minus the start
 *   of an active one: now + span is its duration, so that order by span is order by duration within each kind. `session_start` and `session_end` hold the
 *   other end too, so that concurrency is worked out from them alone.
 */
const initial = `
CREATE TABLE account (
  user_id TEXT PRIMARY KEY,
  last_ordinal INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  seed TEXT NOT NULL,
  share_token TEXT,
  attached_until INTEGER NOT NULL DEFAULT 0,
  projection TEXT NOT NULL,
  seq INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL,
  message_count INTEGER NOT NULL,
  total_tokens INTEGER NOT NULL,
  response_count INTEGER NOT NULL,
  response_total_ms INTEGER NOT NULL,
  response_max_ms INTEGER NOT NULL,
  held INTEGER NOT NULL,
  admin_assisted INTEGER NOT NULL,
  help_requested INTEGER NOT NULL,
  active INTEGER NOT NULL,
  end_key INTEGER NOT NULL,
  span INTEGER NOT NULL,
  UNIQUE (user_id, ordinal)
);
CREATE UNIQUE INDEX session_share ON session (share_token) WHERE share_token IS NOT NULL;
CREATE INDEX session_start ON session (started_at, id, end_key);
CREATE INDEX session_end ON session (end_key, id, started_at);
CREATE INDEX session_messages ON session (message_count, id);
CREATE INDEX session_tokens ON session (total_tokens, id);
CREATE INDEX session_user ON session (user_id, id);
CREATE INDEX session_span ON session (active, span, id);
CREATE INDEX session_activity ON session (last_activity_at, id);
CREATE INDEX session_user_start ON session (user_id, started_at, id);
CREATE INDEX session_user_end ON session (user_id, end_key, id);
CREATE INDEX session_user_messages ON session (user_id, message_count, id);
CREATE INDEX session_user_tokens ON session (user_id, total_tokens, id);
CREATE INDEX session_user_span ON session (user_id, active, span, id);
CREATE INDEX session_user_activity ON session (user_id, last_activity_at, id);
CREATE INDEX session_idle ON session (last_activity_at, id) WHERE active = 1;
CREATE INDEX session_assisted ON session (started_at, id) WHERE admin_assisted = 1;
CREATE INDEX session_help ON session (started_at, id) WHERE help_requested = 1;

CREATE TABLE entry (
  key INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  send TEXT,
  send_hash INTEGER,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX entry_seq ON entry (session, seq);
CREATE TABLE sent (
  session INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (session, hash, entry)
) WITHOUT ROWID;
CREATE TABLE sent_through (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  entry INTEGER NOT NULL
);
INSERT INTO sent_through VALUES (1, 0);

CREATE TABLE behind (
  session INTEGER PRIMARY KEY,
  at INTEGER NOT NULL
);
CREATE TRIGGER session_projected AFTER UPDATE OF seq ON session BEGIN
  DELETE FROM behind WHERE session = new.key;
  INSERT INTO behind (session, at)
    SELECT new.key, min(at) FROM entry WHERE session = new.key AND seq > new.seq HAVING count(*) > 0;
END;

CREATE TABLE turn (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session INTEGER NOT NULL,
  prompt_seq INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  through_seq INTEGER NOT NULL,
  state TEXT NOT NULL,
  owner TEXT,
  epoch INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  model_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  text TEXT NOT NULL,
  outcome TEXT NOT NULL,
  settled INTEGER NOT NULL,
  UNIQUE (session, prompt_seq, attempt)
);
CREATE INDEX turn_unsettled ON turn (started_at, id) WHERE settled = 0;

CREATE TABLE pulse (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  beats INTEGER NOT NULL
);
INSERT INTO pulse VALUES (1, 0);
`;

/** Notes; ended sessions in the order in which their retention runs out. */
const notesAndRetention = `
CREATE TABLE note (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_expired ON session (last_activity_at, id) WHERE active = 0;
`;

/** Words beside the logs. The JSON is what is read back, as everywhere; the columns are its keys. */
const asides = `
CREATE TABLE aside (
  key INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  facts TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (session, id)
);
CREATE INDEX aside_place ON aside (session, seq, at, id);
`;

/**
 * One turn a session at a time, by an index over those that have not ended. A version without it kept to that by the order of the log alone: where it left
 * more of them in a session, all but the last are ended as those of a replica that is gone.
 */
const oneUnfinishedTurn = `
UPDATE turn SET state = 'interrupted', settled = CASE text WHEN '""' THEN 1 ELSE 0 END,
  outcome = json_set(outcome, '$.end', 'interrupted', '$.failure', 'owner_lost')
WHERE state IN ('pending', 'running')
  AND key NOT IN (SELECT max(key) FROM turn WHERE state IN ('pending', 'running') GROUP BY session);
CREATE UNIQUE INDEX turn_unfinished ON turn (session) WHERE state IN ('pending', 'running');
`;

/**
 * Where entries lie in their logs, and which of them are sends, is written in bulk. An index entry at a time changes a page for each session that a commit
 * touches, and those pages were most of what an append cost.
 * - `place` and `sent` are those indexes: an entry by session and seq, and by the 32-bit hash of its send, which is NULL for what is no message. `fresh` holds the places of the newest entries: some thousands, so that few pages take all changes. Once it is large it is folded into the other
 *   two in one go and emptied (recent-entries.ts). An entry stands in exactly one of `place` and `fresh`, each moved and removed in the transaction that says so,
 *   and whatever of a session is in `fresh` is newer than all of it in `place`. The view `log` is both: SQLite merges the two in the order of seq.
 * - No index spans both, so none refuses a second entry at a place. What makes (session, seq) unique is how an append is done: at head + 1 alone, in a transaction
 *   that holds the write lock from its begin, with the head read under that lock, or remembered since under the lock and dropped as soon as another connection
 *   committed or a transaction was rolled back (writer-memory.ts). The keys of `place` and `fresh` refuse what would break that within each.
 * - `entry.send` is not written any more. It told sends of one hash apart, which the body tells as well, and was a tenth of an entry.
 * - Keys of rows are given out again when the newest are deleted: a session's rows go from all of these tables at once.
 * - A server of an older version may have the file open when this step is taken by a command. It asks for `sent_through` before the first append of a transaction
 *   that comes after a foreign one, and so fails from then on, loudly, instead of appending what nobody would find.
 * - The step reads the old index and no entry: a third of a second for a million of them, and 15 MB of the file and of its log.
 */
const foldedIndexes = `
CREATE TABLE place (
  session INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (session, seq)
) WITHOUT ROWID;
CREATE TABLE fresh (
  session INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (session, seq)
) WITHOUT ROWID;
INSERT INTO place (session, seq, entry)
  SELECT session, seq, key FROM entry INDEXED BY entry_seq
  WHERE key <= (SELECT entry FROM sent_through) ORDER BY session, seq;
INSERT INTO fresh (session, seq, entry)
  SELECT session, seq, key FROM entry WHERE key > (SELECT entry FROM sent_through) ORDER BY session, seq;
DROP INDEX entry_seq;
DROP TABLE sent_through;

CREATE VIEW log AS
  SELECT place.session, place.seq, entry.key, entry.at, entry.send_hash, entry.body
  FROM place CROSS JOIN entry ON entry.key = place.entry
  UNION ALL
  SELECT fresh.session, fresh.seq, entry.key, entry.at, entry.send_hash, entry.body
  FROM fresh CROSS JOIN entry ON entry.key = fresh.entry;

DROP TRIGGER session_projected;
CREATE TRIGGER session_projected AFTER UPDATE OF seq ON session BEGIN
  DELETE FROM behind WHERE session = new.key;
  INSERT INTO behind (session, at)
    SELECT new.key, min(at) FROM log WHERE session = new.key AND seq > new.seq HAVING count(*) > 0;
END;
`;

/** The SQL that leads from version n to n + 1, at index n. */
export const migrations: readonly string[] = [initial, notesAndRetention, asides, oneUnfinishedTurn, foldedIndexes];
