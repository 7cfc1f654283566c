import { defineConfig } from 'vitest/config';

// What takes longer than the default suite may: kill loops, soak, load. Run by `npm run test:long`.
export default defineConfig({
  test: {
    include: ['test/**/*.long.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 1_200_000,
    hookTimeout: 60_000,
  },
});
