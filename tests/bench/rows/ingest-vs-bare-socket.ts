import { denseRun } from '../dense-model.ts';
import { alternate } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
import { median } from '../harness/statistics.ts';
import { openArena } from '../raw/arena.ts';
import { configurationOr } from '../training.ts';

const connections = 64;

interface Case {
  readonly codec: string;
  readonly atLeast: number;
  /** Of each lease: so many that all answers together take a tenth of a second or more. One where they are one record. */
  readonly blocks: number;
  readonly pairs: number;
}

const row = ({ codec, atLeast, blocks, pairs }: Case): Row => ({
  name: `ingest-vs-bare-socket/${codec}`,
  about: `Bytes of ${codec} updates a second that the coordinator takes in from ${connections} connections, against a bare ws server that only receives them.`,
  async measure(bench) {
    const config = configurationOr(() =>
      denseRun(300_520, connections * blocks, [...bench.set, `codec.up=${codec}`]),
    );
    if ('skipped' in config) return config;
    const { coordinator, bare, clients } = await openArena(bench, config, 1, connections);
    const [senders] = clients;
    const cpu = { gantry: [] as number[], bare: [] as number[] };
    let bytes = 0;
    const ours = async (): Promise<number> => {
      ({ bytes } = await senders.ask('held', 'gantry'));
      const step = coordinator.ask('nextStep');
      const before = await coordinator.ask('mark'); // answered after the question before it was heard
      const began = await senders.ask('answer');
      const { summed: ended } = await step;
      cpu.gantry.push(ended.cpu - before.cpu);
      // The next leases and what they bring shall not be on their way while the other side is measured.
      await senders.ask('held', 'gantry');
      return bytes / 1e3 / (ended.at - began);
    };
    const theirs = async (): Promise<number> => {
      const all = bare.ask('receive');
      const before = await bare.ask('cpuMilliseconds');
      const began = await senders.ask('answerBare');
      const ended = await all;
      cpu.bare.push((await bare.ask('cpuMilliseconds')) - before);
      return bytes / 1e3 / (ended - began);
    };
    await ours();
    await theirs();
    cpu.gantry.length = cpu.bare.length = 0;
    const measured = await alternate(pairs, { value: ours, baseline: theirs }, (pair, of) =>
      bench.progress(`pair ${pair} of ${of}`),
    );
    const perCpuSecond = (milliseconds: number[]): number => bytes / 1e3 / median(milliseconds);
    return {
      unit: 'MB/s',
      against: 'a ws server that receives the same bytes from the same sockets',
      pairs: measured,
      bounds: [{ of: 'ratio', atLeast }],
      limit:
        'one thread of the coordinator reads, unmasks, checksums, checks and sums every byte; the bare server only reads and unmasks',
      details: {
        'MB a sample': bytes / 1e6,
        'MB per second of the coordinator’s CPU': perCpuSecond(cpu.gantry),
        'MB per second of the bare server’s CPU': perCpuSecond(cpu.bare),
      },
    };
  },
});

export const ingest: readonly Row[] = [
  row({ codec: 'float32', atLeast: 0.8, blocks: 2, pairs: 15 }),
  row({ codec: 'float16', atLeast: 0.6, blocks: 4, pairs: 15 }),
  row({ codec: 'int8', atLeast: 0.6, blocks: 8, pairs: 15 }),
  row({ codec: 'topk', atLeast: 0.6, blocks: 1, pairs: 60 }),
];
