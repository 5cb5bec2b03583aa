import type { Row } from '../harness/row.ts';
import { configurationOr, openPool, stepsPerIteration, trainingConfig } from '../training.ts';

const iterations = 4;
/** As many as a step has blocks: with fewer, float32 sends the sum of neighbours, which other codecs cannot. */
const workers = 4;

const row = (codec: string, atMost: number): Row => ({
  name: `bytes-per-iteration/${codec}`,
  about: `Bytes up and down in an iteration of "digits" with codec ${codec}, against float32; ${workers} workers.`,
  async measure(bench) {
    const configOf = (name: string) =>
      configurationOr(() => trainingConfig('digits', bench.set, [`codec.up=${name}`, `codec.down=${name}`]));
    const coded = configOf(codec);
    const plain = configOf('float32');
    if ('skipped' in coded) return coded;
    if ('skipped' in plain) return plain;
    const each = stepsPerIteration(plain);
    const bytes = async (config: typeof plain) => {
      const pool = await openPool(bench, config, workers);
      // After the first iteration, which begins with the snapshots that workers join with.
      const { bytes: all } = await pool.steps(workers, each, iterations * each);
      return { up: all.up / iterations, down: all.down / iterations };
    };
    bench.progress(`training with ${codec}`);
    const ours = await bytes(coded);
    bench.progress('training with float32');
    const theirs = await bytes(plain);
    return {
      unit: 'bytes/iteration',
      against: 'codec float32, up and down',
      // Counted, not timed: once is enough.
      pairs: [{ value: ours.up + ours.down, baseline: theirs.up + theirs.down }],
      bounds: [{ of: 'ratio', atMost }],
      limit:
        'statistics of batch norm and losses travel as float32 beside the coded gradient, and each frame has a header',
      details: {
        'up, bytes': ours.up,
        'down, bytes': ours.down,
        'up, share of float32': ours.up / theirs.up,
        'down, share of float32': ours.down / theirs.down,
      },
    };
  },
});

/** The first is 0.5 to two digits: beside the gradient there are always a few numbers more. */
export const bytesPerIteration: readonly Row[] = [
  row('float16', 0.505),
  row('int8', 0.27),
  row('topk', 0.05),
];
