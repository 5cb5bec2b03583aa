import { denseRun } from '../dense-model.ts';
import type { Pair } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
import type { Coordinator } from '../processes/coordinator.ts';
import type { RawClients } from '../processes/raw-clients.ts';
import { configurationOr } from '../training.ts';

const workers = 200;
const steps = 4;
const megabyte = 2 ** 20;

export const memory: Row = {
  name: 'memory/200x1M',
  about: `Most memory of a coordinator whose ${workers} workers all send updates of 1,000,000 parameters at the same time.`,
  async measure(bench) {
    const config = configurationOr(() => denseRun(1_000_000, workers, bench.set));
    if ('skipped' in config) return config;
    bench.progress('starting the coordinator');
    const coordinator = await bench.children.start<Coordinator>('coordinator.ts');
    const url = await coordinator.ask('open', config, await bench.folder(), workers, true);
    const alone = (await coordinator.ask('memory')).now;
    const clients = await bench.children.start<RawClients>('raw-clients.ts');
    await clients.ask('join', 'gantry', url, workers);
    const { bytes } = await clients.ask('held', 'gantry');
    const pairs: Pair[] = [];
    let joined = 0;
    for (let step = 1; step <= steps; step++) {
      bench.progress(`step ${step} of ${steps}`);
      // oxlint-disable-next-line no-await-in-loop
      if (step === 1) joined = (await coordinator.ask('memory')).now;
      const applied = coordinator.ask('nextStep');
      // oxlint-disable-next-line no-await-in-loop -- step after step
      await Promise.all([clients.ask('answerInTurns'), applied]);
      // oxlint-disable-next-line no-await-in-loop
      await clients.ask('held', 'gantry');
    }
    const { now, peak } = await coordinator.ask('memory');
    pairs.push({ value: peak / megabyte, baseline: alone / megabyte });
    return {
      unit: 'MiB',
      against: 'the same process before anybody joined',
      // A peak is a peak: once, over all steps.
      pairs,
      bounds: [{ of: 'value', atMost: 1024 }],
      limit: `${(bytes / megabyte).toFixed(0)} MiB of updates are on their way at once, a part of each in the coordinator's hands before any is whole; records that are early wait as views of their frames`,
      details: { 'MiB with all joined': joined / megabyte, 'MiB after the last step': now / megabyte },
    };
  },
};
