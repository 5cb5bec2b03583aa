/** The long form of `packages/coordinator/test/power-cut.test.ts`: many more ways in which a power cut may leave the disk. */
import { expect, it } from 'vitest';
import {
  countOperations,
  cutBefore,
  type Complaints,
} from '../../packages/coordinator/test/support/power-cut.ts';
import { uniforms } from '../../packages/shared/test/support/numbers.ts';

const ways = 250;
const iterations = 5;

it(`a power cut between any two file operations leaves nothing torn, in ${ways} ways each`, async () => {
  const operations = await countOperations(iterations);
  const complaints: Complaints = [];
  for (let operation = 0; operation <= operations; operation++) {
    const randoms = Array.from({ length: ways }, (_, i) => uniforms(1_000_003 * operation + i));
    // oxlint-disable-next-line no-await-in-loop -- one run at a time
    complaints.push(...(await cutBefore(operation, iterations, randoms)));
  }
  process.stdout.write(`${operations + 1} instants, ${ways * (operations + 1)} disks\n`);
  expect(complaints).toEqual([]);
});
