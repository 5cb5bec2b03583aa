import { denseRun } from '../dense-model.ts';
import { alternate } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
import { median } from '../harness/statistics.ts';
import { openArena } from '../raw/arena.ts';
import { configurationOr } from '../training.ts';

const workers = 8;
const skip = 4;
const rounds = 20;
const pairs = 15;
/** Milliseconds in which what is on its way arrives. */
const settled = 30;

export const stepOverhead: Row = {
  name: 'step-overhead/8x300k',
  about:
    'A synchronous step without compute, 8 worker processes, 300,520 parameters, against bare sockets with a barrier.',
  async measure(bench) {
    const config = configurationOr(() => denseRun(300_520, workers, bench.set));
    if ('skipped' in config) return config;
    const { coordinator, bare, clients } = await openArena(bench, config, workers, 1);
    const automatic = (server: 'gantry' | 'bare', on: boolean) =>
      Promise.all(clients.map((client) => client.ask('automatic', server, on)));
    await automatic('bare', true);
    const cpu = { gantry: [] as number[], bare: [] as number[] };
    let bytesDown = 0;
    const ours = async (): Promise<number> => {
      const times = coordinator.ask('steps', skip, rounds);
      await automatic('gantry', true);
      const { milliseconds, cpuMilliseconds, bytes } = await times;
      await automatic('gantry', false);
      // Some now hold their answers to a step, and others have given theirs: it stands still, in the middle of it.
      await new Promise((resolve) => setTimeout(resolve, settled));
      bytesDown = Math.round(bytes.down / rounds / workers);
      cpu.gantry.push(cpuMilliseconds / rounds);
      return milliseconds / rounds;
    };
    const theirs = async (): Promise<number> => {
      const { milliseconds, cpuMilliseconds } = await bare.ask('rounds', skip, rounds, bytesDown);
      cpu.bare.push(cpuMilliseconds / rounds);
      return milliseconds / rounds;
    };
    await ours();
    await theirs();
    cpu.gantry.length = cpu.bare.length = 0;
    const measured = await alternate(pairs, { value: ours, baseline: theirs }, (pair, of) =>
      bench.progress(`pair ${pair} of ${of}`),
    );
    const serverCpu = { gantry: median(cpu.gantry), bare: median(cpu.bare) };
    return {
      unit: 'ms/step',
      against: 'a ws server and the same clients that exchange the same bytes with a barrier',
      pairs: measured,
      bounds: [
        { of: 'ratio', atMost: 1.5 },
        { of: 'server CPU, ms a step', atMost: 25 },
      ],
      limit: `moving the bytes alone costs the bare server ${serverCpu.bare.toFixed(1)} ms of CPU a round; checksums, checks, sums and the optimizer add to that, and with ten processes on these cores whatever the server does not overlap is waited for`,
      details: { 'server CPU, ms a step': serverCpu.gantry, 'bare server CPU, ms a round': serverCpu.bare },
    };
  },
};
