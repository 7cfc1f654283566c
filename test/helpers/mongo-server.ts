// Station: test/helpers. The MongoDB server that tests run on, and databases of their own in it. Called by the tests of the MongoDB store.
import { MongoClient } from 'mongodb';
import { MongoMemoryServer } from 'mongodb-memory-server-core';
import { afterAll } from 'vitest';
import { mayRun, programOf } from './required.js';

/** A server for tests: given by CHATBOX_TEST_MONGO_URI, or started through mongodb-memory-server. */
export interface MongoServer {
  readonly uri: string;
  /** As it names itself. */
  readonly name: string;
  stop(): Promise<void>;
}

/** The program of a server: MONGOMS_SYSTEM_BINARY, or a mongod on the PATH; null where only the package could download one. */
export function mongoProgram(): string | null {
  const named = process.env.MONGOMS_SYSTEM_BINARY;
  return programOf(...(named === undefined || named === '' ? [] : [named]), 'mongod');
}

async function find(): Promise<MongoServer | null> {
  const given = process.env.CHATBOX_TEST_MONGO_URI;
  try {
    if (given !== undefined && given !== '')
      return { uri: given, name: await nameOf(given), stop: async () => undefined };
    const systemBinary = mongoProgram();
    const server = await MongoMemoryServer.create(
      systemBinary === null ? {} : { binary: { systemBinary, checkMD5: false } },
    );
    const uri = server.getUri();
    return { uri, name: await nameOf(uri), stop: async () => void (await server.stop()) };
  } catch (error) {
    mayRun('mongodb', false, `no MongoDB server can be had (${error instanceof Error ? error.name : 'unknown'})`);
    return null;
  }
}

async function nameOf(uri: string): Promise<string> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 10_000 });
  try {
    await client.connect();
    const build = await client.db('admin').command({ buildInfo: 1 });
    const ferret = typeof build.ferretdbVersion === 'string' ? 'FerretDB, as ' : '';
    return `${ferret}MongoDB ${String(build.version)}`;
  } finally {
    await client.close();
  }
}

/** The server for one test file, named on stderr; null where none can be had, with the reason. Ended after the file's tests. */
export async function mongoServer(): Promise<MongoServer | null> {
  const server = await find();
  if (server === null) return null;
  process.stderr.write(`the MongoDB tests run on ${server.name}\n`);
  afterAll(() => server.stop());
  return server;
}
