/**
 * Every bad input of the table, over a socket, while a run goes on: refused by name, with a line in the log, and felt by
 * nobody: whatever came, the run ends with the bits of the undisturbed one.
 */
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrame, type LeaseMessage } from '@gantry/shared';
import type { Platform } from '../../packages/worker/src/session/platform.ts';
import { differences, eventsOf, patience, until } from '../support/gantry.ts';
import { claiming, serveInProcess, startHeadless, type Served } from '../support/in-process.ts';
import { RawWorker } from '../support/raw-worker.ts';
import { closeOf, effectOf, type Case, type Peer } from './case.ts';
import { suites, type Suite } from './suites.ts';

interface Warning {
  readonly code: string;
  readonly message: string;
}
interface Live extends Served {
  /** What the coordinator's log was told. */
  readonly warnings: readonly Warning[];
}

async function serve({ config }: Suite): Promise<Live> {
  const warnings: Warning[] = [];
  const log = {
    info: () => undefined,
    warn: (details: object, message: string) =>
      void warnings.push({ ...(details as Pick<Warning, 'code'>), message }),
  };
  const served = await serveInProcess({ config, log, notice: () => undefined });
  served.run.begin();
  return { ...served, warnings };
}

/** Trains to the end with one good worker. */
async function finish({ run, url }: Served, where: Platform = claiming(1)): Promise<void> {
  const { failed } = startHeadless(url, 'good', where);
  const end = await Promise.race([run.ended, failed]);
  expect(end).toMatchObject({ outcome: 'complete' });
}

/** A good worker that says everything twice, and what it said a step ago once more. */
function stuttering(counted: { repeats: number }): Platform {
  const good = claiming(1);
  let last: Uint8Array<ArrayBuffer> | null = null;
  return {
    ...good,
    connect(url) {
      const socket = good.connect(url);
      const send = socket.send.bind(socket);
      return Object.assign(socket, {
        send(data: string | Uint8Array<ArrayBuffer>) {
          send(data);
          if (typeof data === 'string' || readFrame(data).header.kind !== 'update') return;
          send(data);
          counted.repeats += 1;
          if (last !== null) {
            send(last);
            counted.repeats += 1;
          }
          last = data.slice();
        },
      });
    },
  };
}

/** Leases of the workers by hand that hold the run back: the sheet's first, then the step's. */
const heldLeases = { sheet: 1, step: 2 };

describe.each(suites)('$title', { timeout: patience }, (suite) => {
  const { config, holds, cases } = suite;
  let live: Live;
  const holders: RawWorker[] = [];

  const held = async (task: 'lease' | 'evaluate'): Promise<void> => {
    const { worker } = await RawWorker.join(live, `holds the ${task}`);
    worker.ready(1_000_000);
    await worker.heard(task);
    holders.push(worker);
  };

  beforeAll(async () => {
    live = await serve(suite);
    if (holds !== 'sheet') await held('evaluate');
    if (holds === 'nothing' || holds === 'welcome') await held('lease');
  }, patience);
  afterAll(() => live.close(), patience);

  const lease = (id: number): LeaseMessage => ({
    type: 'lease',
    lease: id,
    version: 0,
    phase: 'discriminator',
    step: 0,
    blocks: [0, 1, 2, 3],
  });

  async function peerOf(): Promise<Peer & { readonly id: number | undefined }> {
    const sheet = { type: 'evaluate', lease: 999, version: 0, iteration: 0, samples: 1 } as const;
    const common = { config, incarnation: 7, lease: lease(999), theirs: lease(heldLeases.step), sheet };
    const { model } = live.run.options;
    if (holds === 'nothing') {
      return { ...common, model, worker: await RawWorker.connect(live), id: undefined };
    }
    const { worker, welcome } = await RawWorker.join(live, 'bad');
    const peer = { ...common, model, worker, id: welcome.worker };
    if (holds === 'step') {
      worker.ready(0.01);
      return { ...peer, lease: await worker.heard('lease') };
    }
    if (holds === 'sheet') {
      worker.ready(0.01);
      return { ...peer, sheet: await worker.heard('evaluate') };
    }
    return peer;
  }

  /** What the log is to hold of each worker that was told. */
  const told: { readonly worker: number | undefined; readonly one: Case }[] = [];

  it.each(cases)('$input: $error', async (one) => {
    const { run } = live;
    const before = run.state;
    const peer = await peerOf();
    const { worker } = peer;
    const data = one.send(peer);
    if (data !== undefined) worker.send(data);
    const effect = effectOf(one, holds === 'step' || holds === 'sheet');
    // Where `ws` closes by itself, nothing can be said before.
    const byRules = one.error === 'SOCKET_INVALID' || one.error === 'MESSAGE_TOO_LARGE';
    if (!byRules) {
      const refused = await worker.heard('refused');
      expect(refused.code).toBe(one.error);
      expect(refused.message).toMatch(new RegExp(one.says ?? ''));
    }
    if (effect === 'disconnected') {
      const { code, reason } = await worker.closed;
      // Of a close that comes while it still sends, a peer may see no more than the end of the connection.
      expect(one.error === 'MESSAGE_TOO_LARGE' ? [1009, 1006] : [closeOf(one)]).toContain(code);
      expect(reason).toBe(byRules ? '' : one.error);
    } else if (effect === 'put aside') {
      expect((await worker.heard('refused')).code).toBe('PUT_ASIDE');
      expect(await worker.closed).toEqual({ code: 4460, reason: 'PUT_ASIDE' });
    } else {
      await worker.leave();
    }
    expect(worker.unheard('refused')).toBe(0);
    told.push({ worker: peer.id, one });
    expect(run.state).toMatchObject({ version: 0, accepted: [], done: before.done, status: 'running' });
  });

  it('is in the log, once each', async () => {
    const { directory, warnings } = live;
    expect(warnings.filter(({ code }) => code === 'INTERNAL')).toEqual([]);
    for (const { worker, one } of told) {
      const { error, says = '' } = one;
      const line = { code: error, message: expect.stringMatching(says) as string };
      const lines: readonly object[] =
        worker === undefined
          ? warnings.filter(({ code, message }) => code === error && new RegExp(says).test(message))
          : // oxlint-disable-next-line no-await-in-loop -- one file, read as it grows
            await refusals(directory.events, worker);
      expect(lines, one.input).toMatchObject([line]);
    }
  });

  it('does not change the run: a good worker ends it with the bits of the undisturbed one', async () => {
    const undisturbed = await serve(suite);
    try {
      await finish(undisturbed);
      await Promise.all(holders.map((holder) => holder.leave()));
      const counted = { repeats: 0 };
      await finish(live, stuttering(counted));
      expect(await differences(live.directory.path, undisturbed.directory.path)).toEqual([]);
      // What the good one said twice, or a step late, was refused as well.
      const refused = (await eventsOf(live.directory.path)).filter(({ type }) => type === 'refused');
      expect(counted.repeats).toBeGreaterThan(0);
      expect(refused).toHaveLength((holds === 'nothing' ? 0 : told.length) + counted.repeats);
    } finally {
      await undisturbed.close();
    }
  });
});

describe('what follows on what disconnects', { timeout: patience }, () => {
  it('is not looked at', async () => {
    const live = await serve(suites[0]);
    try {
      const { worker, welcome } = await RawWorker.join(live, 'bad');
      for (let i = 0; i < 20; i++) worker.send(i % 2 === 0 ? 'no JSON' : new Uint8Array(8));
      expect(await worker.closed).toEqual({ code: 4400, reason: 'MESSAGE_INVALID' });
      expect(await refusals(live.directory.events, welcome.worker)).toHaveLength(1);
      expect(live.warnings).toHaveLength(1);
    } finally {
      await live.close();
    }
  });
});

/** Lines of the log of what a worker was refused; there is one at least. */
const refusals = (path: string, worker: number): Promise<object[]> =>
  until(`a refusal of worker ${worker} in ${path}`, async () => {
    const lines = (await eventsOf(dirname(path))).filter(
      (event) => event.type === 'refused' && event.worker === worker,
    );
    return lines.length > 0 ? lines : null;
  });
