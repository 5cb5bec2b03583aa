/** A simulated machine, as the run sees it. */
import {
  gantryError,
  newFrame,
  presetConfig,
  sealFrame,
  type CoordinatorMessage,
  type Frame,
  type FrameFields,
  type LeaseMessage,
  type WelcomeMessage,
} from '@gantry/shared';
import { beforeEach, describe, expect, it } from 'vitest';
import { freshStart, initialState } from '../src/core/transition.ts';
import { Dice } from '../src/lab/world/dice.ts';
import { Script, type ScriptedFault } from '../src/lab/world/faults.ts';
import { Link } from '../src/lab/world/link.ts';
import { Machine, type MachineRun, type MachineWorker } from '../src/lab/world/machine.ts';
import { Medium } from '../src/lab/world/medium.ts';
import { Reception } from '../src/lab/world/reception.ts';
import { Spells } from '../src/lab/world/spells.ts';
import { VirtualClock } from '../src/lab/world/virtual-clock.ts';
import type { WorkerLink } from '../src/run/types.ts';
import { plainSettings } from './support/plain-settings.ts';

/** Milliseconds a microbatch, from one end of its link to the other, and in which it tests itself. */
const pace = 100;
const latency = 10;
const testing = 50;

const fields: FrameFields = {
  kind: 'update',
  codec: 'float32',
  incarnation: 7,
  lease: 1,
  version: 0,
  phase: 'discriminator',
  count: 0,
  replica: 0,
};
const frameOf = (change: Partial<FrameFields>): Uint8Array<ArrayBuffer> =>
  sealFrame(newFrame({ ...fields, ...change }, 64));

const lease = (number: number, version = 0): LeaseMessage => ({
  type: 'lease',
  lease: number,
  version,
  phase: 'discriminator',
  step: version,
  blocks: [0, 1],
});
// What the stub of a worker makes of it is nothing.
const welcome = { type: 'welcome' } as WelcomeMessage;

/** What happened, in order, each with its time. */
let seen: string[];
let clock: VirtualClock;
/** Connections, the newest last. */
let links: WorkerLink[];
/** Version that the machine's replica has. */
let held: number | null;
/** Whether its replica is the coordinator's. */
let right: boolean;

beforeEach(() => {
  seen = [];
  clock = new VirtualClock();
  links = [];
  held = 0;
  right = true;
});

const note = (what: string): void => void seen.push(`${Math.round(clock.now() * 10) / 10} ${what}`);

const run: MachineRun = {
  config: { ...presetConfig('ring'), batch: { global: 128, microbatch: 64, block: 1 } },
  state: initialState(plainSettings, freshStart, [], 1),
  identify: (token, name = '', kind) => ({ id: 1, token: token ?? 'given', name, kind }),
  attach({ token }, link) {
    note(`joined as ${token}`);
    links.push(link);
  },
  detach: (_worker, _link, forGood) => note(forGood ? 'left' : 'lost'),
  message: (_worker, message) =>
    note(message.type === 'give-back' ? `give-back ${message.lease} ${message.cause}` : message.type),
  frame: (_worker, { header }: Frame) => note(`${header.kind} ${header.lease} took ${header.took / 1000}`),
  refused: (_worker, error) => note(`refused ${error.code}`),
};

const worker: MachineWorker = {
  get version() {
    return held;
  },
  checksum: () => 1,
  forget: () => void (held = null),
  takeFrame: ({ header }) => {
    held = header.version;
    return right;
  },
  accepted: () => undefined,
  begin: (of) => ({
    next: () => Promise.resolve({ frame: newFrame({ ...fields, lease: of.lease }, 64), last: true }),
    callOff: () => note(`called off ${of.lease}`),
  }),
  draw: () => Promise.resolve(null),
  dispose: () => undefined,
};

function machineWith(faults: readonly Partial<ScriptedFault>[] = []): Machine {
  const dice = new Dice(1);
  const quality = { rate: 1e9, latency, jitter: 0, loss: 0 };
  const link = (): Link => new Link(clock, new Medium(clock, Infinity), dice, 0, quality);
  const script = new Script(
    faults.map((fault) => ({ at: [], probability: 0, from: 0, fault: { kind: 'drop' }, ...fault })),
    dice,
    0,
  );
  return new Machine(
    {
      id: 0,
      name: 'one',
      pace,
      jitter: 0,
      spells: new Spells(() => null),
      up: link(),
      down: link(),
      script,
      testing,
    },
    {
      run,
      clock,
      dice,
      reception: new Reception(clock, 0),
      bytesFactor: 1,
      open: () => Promise.resolve(worker),
    },
  );
}

const say = (at: number, message: CoordinatorMessage): void =>
  void clock.at(at, () => links.at(-1)?.sendMessage(message));
const toTheEnd = (): Promise<boolean> => clock.run(() => false);

/** Joined, welcomed at 0, and with lease 1 at 100, which is computed from 110 to 310. */
function atWork(faults: readonly Partial<ScriptedFault>[] = []): Machine {
  const machine = machineWith(faults);
  clock.at(0, () => machine.join());
  say(0, welcome);
  say(100, lease(1));
  return machine;
}
const started = ['0 joined as given', `${latency + testing + latency} ready`];

describe('a simulated machine', () => {
  it('joins, tests itself, and answers a lease in its time', async () => {
    atWork();
    await toTheEnd();
    expect(seen).toEqual([...started, '320 update 1 took 200']);
  });

  it('gives back a lease of a version that it does not have', async () => {
    atWork();
    say(400, lease(2, 5));
    await toTheEnd();
    expect(seen.slice(3)).toEqual(['420 give-back 2 replica']);
  });

  it("asks anew where its replica is not the coordinator's", async () => {
    atWork();
    right = false;
    clock.at(400, () => links[0].sendFrame(frameOf({ kind: 'delta', version: 1 })));
    await toTheEnd();
    expect(seen.slice(3)).toEqual(['420 need-snapshot']);
  });

  it('drops what is revoked in the middle, and says so; an answer on its way comes', async () => {
    atWork();
    say(200, { type: 'revoke', lease: 1 });
    say(300, lease(2));
    say(505, { type: 'revoke', lease: 2 }); // it is done at 510, and hears of it at 515
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['210 called off 1', '220 give-back 1 revoked', '520 update 2 took 200']);
  });

  it('is killed, and comes back as the same worker, without its lease', async () => {
    atWork([{ fault: { kind: 'kill', lasts: 500 }, at: [200] }]);
    clock.at(701, () => expect(links).toHaveLength(2));
    say(750, welcome);
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['200 called off 1', '200 lost', '700 joined as given', '770 ready']); // tested before
    expect(held).toBeNull();
  });

  it('killed for good does not come back', async () => {
    const machine = atWork([{ fault: { kind: 'kill', lasts: Infinity }, at: [200] }]);
    clock.at(5000, () => machine.join()); // as its sessions would have it
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['200 called off 1', '200 lost']);
  });

  it('frozen says nothing, and answers late; the time that it was frozen is its own', async () => {
    atWork([{ fault: { kind: 'freeze', lasts: 1000 }, at: [200] }]);
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['1320 update 1 took 1200']);
  });

  it('frozen says only then that it dropped what was revoked', async () => {
    atWork([{ fault: { kind: 'freeze', lasts: 1000 }, at: [200] }]);
    say(300, { type: 'revoke', lease: 1 });
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['310 called off 1', '1210 give-back 1 revoked']);
  });

  it('slowed down takes as many times as long for the rest', async () => {
    atWork([{ fault: { kind: 'slow', lasts: 10_000, factor: 3 }, at: [210] }]);
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['520 update 1 took 400']); // half in 100, half in 300
  });

  it('whose frame was spoilt on its way is refused, and stays away, as a session would', async () => {
    atWork([{ fault: { kind: 'corrupt' }, at: [0] }]);
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['320 refused FRAME_INVALID', '320 lost']);
  });

  it('whose connection drops with an update comes back', async () => {
    atWork([{ fault: { kind: 'drop' }, at: [0] }]);
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['310 lost', '1310 joined as given']);
  });

  it('sends an update twice, or late', async () => {
    atWork([
      { fault: { kind: 'duplicate' }, at: [0] },
      { fault: { kind: 'delay', lasts: 500 }, at: [350] },
    ]);
    say(400, lease(2));
    await toTheEnd();
    expect(seen.slice(2)).toEqual([
      '320 update 1 took 200',
      '320 update 1 took 200',
      '1110 update 2 took 200', // nothing arrives for half a second from 610 on
    ]);
  });

  it('comes back where it may, and does not where it may not', async () => {
    atWork();
    clock.at(400, () => links[0].close(gantryError('PEER_SILENT', 30)));
    await toTheEnd();
    expect(seen.slice(3)).toEqual(['400 lost', '1400 joined as given']);
    clock.at(2000, () => links[1].close(gantryError('REMOVED')));
    await toTheEnd();
    expect(seen.slice(5)).toEqual(['2000 lost']);
  });

  it('leaves when the run is over', async () => {
    atWork();
    say(400, { type: 'finished' });
    await toTheEnd();
    expect(seen.slice(3)).toEqual(['410 left']);
  });

  it('quarantined drops its lease and takes no other', async () => {
    atWork();
    say(200, { type: 'quarantined', reason: 'it computes otherwise' });
    say(300, lease(2));
    await toTheEnd();
    expect(seen.slice(2)).toEqual(['210 called off 1']);
  });
});
