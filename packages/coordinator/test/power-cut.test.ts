import { expect, it } from 'vitest';
import { uniforms } from '../../shared/test/support/numbers.ts';
import { countOperations, cutBefore, type Complaints } from './support/power-cut.ts';

const iterations = 3;

it('a power cut between any two file operations leaves the new checkpoint or the one before, and nothing torn', async () => {
  const operations = await countOperations(iterations);
  expect(operations).toBeGreaterThan(60);
  const complaints: Complaints = [];
  for (let operation = 0; operation <= operations; operation++) {
    const randoms = Array.from({ length: 4 }, (_, i) => uniforms(1000 * operation + i));
    // oxlint-disable-next-line no-await-in-loop -- one run at a time
    complaints.push(...(await cutBefore(operation, iterations, randoms)));
  }
  expect(complaints).toEqual([]);
});
