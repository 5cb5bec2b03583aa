import { denseRun } from '../dense-model.ts';
import { alternate } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
import { openArena } from '../raw/arena.ts';
import { configurationOr } from '../training.ts';

const connections = 64;
const pairs = 15;

export const broadcast: Row = {
  name: 'broadcast-vs-bare-socket',
  about: `Bytes a second of one delta to ${connections} connections, against bare sends of one buffer.`,
  async measure(bench) {
    const config = configurationOr(() => denseRun(300_520, connections, bench.set));
    if ('skipped' in config) return config;
    const { coordinator, bare, clients } = await openArena(bench, config, 1, connections);
    const [receivers] = clients;
    let delta = 0;
    /** From the moment a step is applied to that at which the last worker has its delta and its lease. */
    const ours = async (): Promise<number> => {
      const applied = coordinator.ask('nextStep');
      await receivers.ask('answer');
      const began = (await applied).applied.at;
      const { at } = await receivers.ask('held', 'gantry');
      return (connections * delta) / 1e3 / (at - began);
    };
    const theirs = async (): Promise<number> => {
      await receivers.ask('forget', 'bare');
      const began = await bare.ask('broadcast', delta);
      const { at } = await receivers.ask('held', 'bare');
      return (connections * delta) / 1e3 / (at - began);
    };
    // What a step sends, to know what the bare server is to send: the second counts what came of the first.
    const count = coordinator.ask('steps', 1, 1);
    await receivers.ask('answer');
    await receivers.ask('held', 'gantry');
    await receivers.ask('answer');
    delta = (await count).bytes.down / connections;
    await receivers.ask('held', 'gantry');
    await theirs();
    const measured = await alternate(pairs, { value: ours, baseline: theirs }, (pair, of) =>
      bench.progress(`pair ${pair} of ${of}`),
    );
    return {
      unit: 'MB/s',
      against: 'a ws server that sends one buffer to the same sockets',
      pairs: measured,
      bounds: [{ of: 'ratio', atLeast: 0.9 }],
      limit: `each delta of ${(delta / 1e6).toFixed(2)} MB is encoded and checksummed once; then the kernel copies it ${connections} times, and one process receives it as often`,
    };
  },
};
