// Station: test/helpers. The SQLite driver, failing where a test says. Called by the store's tests.
import type { StoreError } from '../../src/server/ports/store.js';
import { type Connection, connect, type Statement } from '../../src/server/store/sqlite/driver.js';

/** The driver, but it fails where the test says: `fails` is given the SQL that is about to run. */
export function failingDriver(fails: (sql: string) => StoreError | null) {
  return (file: string): Connection => {
    const connection = connect(file);
    const check = (sql: string) => {
      const error = fails(sql);
      if (error !== null) throw error;
    };
    return {
      get inTransaction() {
        return connection.inTransaction;
      },
      prepare(sql) {
        const statement = connection.prepare(sql);
        const run: Statement['run'] = (...values) => {
          check(sql);
          return statement.run(...values);
        };
        return { ...statement, run };
      },
      exec(sql) {
        check(sql);
        connection.exec(sql);
      },
      pragma(text) {
        check(text);
        return connection.pragma(text);
      },
      close: () => connection.close(),
    };
  };
}
