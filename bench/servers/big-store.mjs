// A store with very many sessions, and the same file spoken to bare: for goal 10 and its like. Listing and metrics through the port, against the SQL that anyone would write over the same index.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { systemClock } from '../../dist/common/clock.js';
import { createLog } from '../../dist/server/ops/log.js';
import { openSqliteStore } from '../../dist/server/store/sqlite/sqlite-store.js';
import { serveParent } from '../lib/child.mjs';
import { percentile } from '../lib/stats.mjs';
import { createTroubleWriter } from './quiet.mjs';

const dataDir = mkdtempSync(join(tmpdir(), 'chatbox-bench-'));
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));

const hourMs = 3_600_000;
const epochMs = Date.UTC(2026, 0, 1);
const perUser = 100;
const pageSize = 20;
const page = 1_000;
/** One user in so many sessions has all of a share of them, so that a user's page 1,000 is there. */
const bigUserShare = 0.03;
const assistedEvery = 33;
const helpEvery = 1_000;
const activeEvery = 100;
/** The same cache as the store's own connections have. */
const cacheKib = 65_536;

let store = null;
let bare = null;
let now = 0;

const log = () => createLog({ level: 'info', destination: createTroubleWriter(), clock: systemClock, base: {} });
const open = () => openSqliteStore({ dataDir }, { clock: systemClock, log: log() });

/** A number that looks like chance, the same in every run. */
function mixed(n, salt) {
  let x = Math.imul(n + salt, 0x9e3779b1) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b) >>> 0;
  return (x ^ (x >>> 13)) >>> 0;
}

/** A row as the store itself writes it, to be varied. */
async function template(database) {
  const seed = {
    id: 'template',
    userId: 'template',
    ordinal: 1,
    startedAt: epochMs,
    name: 'A question',
    modelId: null,
  };
  await store.createSession(seed);
  const session = await store.session('template');
  await store.project([{ sessionId: 'template', projection: { ...session.projection, seq: 6, messageCount: 6 } }]);
  // The driver adds a timing object to rows that are objects.
  const { _metadata, ...row } = database.prepare("SELECT * FROM session WHERE id = 'template'").get();
  await store.deleteSession('template');
  return row;
}

/** The columns of session `n` of `count`; what is sorted and filtered by varies, the JSON agrees with it. */
function rowOf(n, count, born) {
  const isBig = n % Math.round(1 / bigUserShare) === 0;
  const userId = isBig ? 'user-big' : `user-${Math.floor(mixed(n, 7) % Math.max(1, Math.round(count / perUser)))}`;
  const startedAt = epochMs + Math.floor((n / count) * 8_760 * hourMs) + (mixed(n, 1) % 1_000);
  const isActive = n % activeEvery === 0;
  const endedAt = isActive ? null : startedAt + (mixed(n, 2) % hourMs);
  const facts = {
    seq: 6,
    lastActivityAt: (endedAt ?? startedAt) - (mixed(n, 3) % 1_000),
    messageCount: mixed(n, 4) % 200,
    totalTokens: mixed(n, 5) % 100_000,
    endedAt,
    adminAssisted: n % assistedEvery === 0,
    helpRequested: n % helpEvery === 0,
  };
  const id = `session-${n.toString(36).padStart(6, '0')}`;
  const seed = { ...JSON.parse(born.seed), id, userId, ordinal: n, startedAt };
  return {
    ...born,
    key: n + 1,
    id,
    user_id: userId,
    ordinal: n,
    started_at: startedAt,
    seed: JSON.stringify(seed),
    projection: JSON.stringify({ ...JSON.parse(born.projection), ...facts }),
    seq: facts.seq,
    last_activity_at: facts.lastActivityAt,
    message_count: facts.messageCount,
    total_tokens: facts.totalTokens,
    response_count: 3,
    response_total_ms: mixed(n, 6) % 9_000,
    response_max_ms: 3_000,
    admin_assisted: Number(facts.adminAssisted),
    help_requested: Number(facts.helpRequested),
    active: Number(isActive),
    end_key: endedAt ?? Number.MAX_SAFE_INTEGER,
    span: endedAt === null ? -startedAt : endedAt - startedAt,
  };
}

/** Fills the table in bulk: rows first, then the indexes, each by one sort. */
function fill(database, count, born) {
  const indexes = database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'session' AND sql IS NOT NULL")
    .all();
  for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
  const columns = Object.keys(born);
  const insert = database.prepare(
    `INSERT INTO session (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  database.exec('BEGIN');
  for (let n = 0; n < count; n += 1) {
    const row = rowOf(n, count, born);
    insert.run(columns.map((column) => row[column]));
    if (n % 50_000 === 49_999) database.exec('COMMIT; BEGIN');
  }
  database.exec('COMMIT');
  for (const { sql } of indexes) database.exec(sql);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

const sorts = {
  start_time: ['started_at', 'session_start', 'session_user_start'],
  end_time: ['end_key', 'session_end', 'session_user_end'],
  message_count: ['message_count', 'session_messages', 'session_user_messages'],
  total_tokens: ['total_tokens', 'session_tokens', 'session_user_tokens'],
  user_id: ['user_id', 'session_user', 'session_user'],
  duration: ['span', 'session_span', 'session_user_span'],
  last_activity: ['last_activity_at', 'session_activity', 'session_user_activity'],
};

const filters = {
  alone: { query: {}, where: [] },
  user: { query: { userId: 'user-big' }, where: ["user_id = 'user-big'"] },
  assisted: { query: { adminAssisted: true }, where: ['admin_assisted = 1'] },
  help: { query: { helpRequested: true }, where: ['help_requested = 1'] },
};

/** The SQL that anyone would write for that page. By duration it is of ended sessions: the others' grows while one looks. */
function bareSql(sort, filter, isDeep) {
  const [column, index, userIndex] = sorts[sort];
  const { where } = filters[filter];
  const chosen = filter === 'user' ? userIndex : filter === 'help' ? 'session_help' : index;
  const own = filter === 'assisted' && sort === 'start_time' ? 'session_assisted' : chosen;
  const conditions = [...where, ...(sort === 'duration' ? ['active = 0'] : [])];
  if (isDeep) conditions.push(`(${column}, id) < (?, ?)`);
  const condition = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return `SELECT seed, share_token, projection, ${column}, id FROM session INDEXED BY ${own}
    ${condition} ORDER BY ${column} DESC, id DESC LIMIT ${pageSize + 1}`;
}

/** What a row says, as something to work with: without that, nobody has got a list. */
function sessionOf([seed, shareToken, projection]) {
  return { ...JSON.parse(seed), shareToken, projection: JSON.parse(projection) };
}

async function timed(times, run) {
  const micros = [];
  for (let at = 0; at < times; at += 1) {
    const startedAt = performance.now();
    await run();
    micros.push((performance.now() - startedAt) * 1_000);
  }
  return percentile(micros, 0.99);
}

const cases = new Map();

/** Makes both sides of a case ready, and holds their rows against each other: a comparison of different work would mean nothing. */
async function prepare({ sort, filter, isDeep }) {
  const query = {
    ...filters[filter].query,
    ...(sort === 'duration' ? { status: 'ended' } : {}),
    sortBy: sort,
    sortOrder: 'desc',
    limit: pageSize,
    now,
  };
  const before = isDeep ? await store.listSessions({ ...query, offset: (page - 2) * pageSize }) : null;
  const statement = bare.prepare(bareSql(sort, filter, isDeep)).raw();
  const place = isDeep ? placeOf(before.sessions.at(-1), sort) : [];
  const asked = isDeep ? { ...query, cursor: before.next } : query;
  const ours = () => store.listSessions(asked);
  const theirs = () => statement.all(place).map(sessionOf);
  const [mine, other] = [await ours(), theirs()];
  const ids = mine.sessions.map(({ id }) => id).join();
  const otherIds = other
    .slice(0, pageSize)
    .map(({ id }) => id)
    .join();
  if (ids !== otherIds) throw new Error(`${sort}, ${filter}: the two sides do not give the same page`);
  cases.set([sort, filter, isDeep].join(), { ours, theirs });
}

function placeOf(session, sort) {
  const { projection, userId, startedAt, id } = session;
  const { endedAt } = projection;
  const values = {
    start_time: startedAt,
    end_time: endedAt ?? Number.MAX_SAFE_INTEGER,
    message_count: projection.messageCount,
    total_tokens: projection.totalTokens,
    user_id: userId,
    duration: (endedAt ?? 0) - startedAt,
    last_activity: projection.lastActivityAt,
  };
  return [values[sort], id];
}

serveParent({
  /** Makes `count` sessions; resolves to how long that took. */
  async fill({ count }) {
    const startedAt = performance.now();
    store = await open();
    let writer = new Database(join(dataDir, 'chatbox.db'));
    const born = await template(writer);
    await store.close();
    fill(writer, count, born);
    writer.close();
    writer = null;
    store = await open();
    bare = new Database(join(dataDir, 'chatbox.db'), { readonly: true });
    bare.exec(`PRAGMA cache_size = -${cacheKib}`);
    now = epochMs + 8_760 * hourMs;
    return Math.round(performance.now() - startedAt);
  },
  prepare,
  /** 99th percentile of the microseconds of a page, by one side. */
  async list({ sort, filter, isDeep, side, times }) {
    const found = cases.get([sort, filter, isDeep].join());
    return timed(times, side === 'ours' ? found.ours : found.theirs);
  },
  /** Milliseconds for numbers over the newest `sessions`: through the port, by reading the rows they are made of, or as sums within the database. */
  async metrics({ sessions, side }) {
    const from = bare
      .prepare('SELECT started_at FROM session ORDER BY started_at DESC LIMIT 1 OFFSET ?')
      .get(sessions).started_at;
    const ofWindow = 'FROM session INDEXED BY session_start WHERE started_at > ?';
    const rows = bare
      .prepare(
        `SELECT started_at, end_key, active, admin_assisted, total_tokens, response_count, response_total_ms, response_max_ms ${ofWindow}`,
      )
      .raw();
    const sums = bare.prepare(`
      SELECT count(*), sum(active), sum(admin_assisted), sum(total_tokens), sum(response_count), sum(response_total_ms),
        max(response_max_ms) ${ofWindow}`);
    const startedAt = performance.now();
    if (side === 'ours') {
      const { totalSessions } = await store.metrics({ from: from + 1, to: now, now });
      if (Math.abs(totalSessions - sessions) > 1_000) throw new Error(`${totalSessions} sessions in the window`);
    } else if (side === 'rows') {
      const totals = new Array(8).fill(0);
      for (const row of rows.all(from)) for (let at = 0; at < totals.length; at += 1) totals[at] += row[at];
    } else sums.get(from);
    return performance.now() - startedAt;
  },
});
