/** From a scenario to the machines of a class, who come and go. */
import type { FaultSpec, GroupSpec, Scenario } from '../scenario/schema.ts';
import type { Dice } from './dice.ts';
import { Script, type Fault, type ScriptedFault } from './faults.ts';
import { Link } from './link.ts';
import { Machine, type Surroundings } from './machine.ts';
import { Medium } from './medium.ts';
import { Spells } from './spells.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Megabits a second to bytes a millisecond. */
const rateOf = (megabits: number): number => megabits * 125;
const milliseconds = 1000;

export interface Population {
  readonly machines: readonly Machine[];
  /** Milliseconds a microbatch of each. */
  readonly paces: readonly number[];
  readonly media: ReadonlyMap<string, Medium>;
  /** How many are there from the start. */
  readonly atStart: number;
  /** Lets them come, and go. */
  begin(): void;
}

interface Ports {
  readonly up: Medium;
  readonly down: Medium;
}

export function populate({ population, faults }: Scenario, around: Surroundings): Population {
  const { clock, dice } = around;
  const media = new Map(
    Object.entries(population.media).map(([medium, { rate }]) => [medium, new Medium(clock, rateOf(rate))]),
  );
  const port = rateOf(population.coordinator.rate);
  const own: Ports = { up: new Medium(clock, port), down: new Medium(clock, port) };
  const machines: Machine[] = [];
  const paces: number[] = [];
  const comings: (() => void)[] = [];
  let atStart = 0;
  for (const [group, spec] of Object.entries(population.groups)) {
    const ports = portsOf(spec, own, media);
    for (let index = 0; index < spec.count; index++) {
      const id = machines.length;
      const pace =
        spec.speed.millisecondsPerMicrobatch * Math.exp(spec.speed.spread * dice.normal('speed', id));
      const [up, down] = linksOf(spec, ports, clock, dice, id);
      const machine = new Machine(
        {
          id,
          name: `${group} ${index + 1}`,
          pace,
          jitter: spec.speed.jitter,
          spells: spellsOf(spec, index, dice, id),
          up,
          down,
          script: new Script(scriptOf(faults, group, index), dice, id),
          testing: spec.testing * milliseconds,
        },
        around,
      );
      machines.push(machine);
      paces.push(pace);
      if (spec.joinsWithin === 0) atStart += 1;
      comings.push(() => come(machine, spec, clock, dice));
    }
  }
  return {
    machines,
    paces,
    media,
    atStart,
    begin: () => {
      for (const coming of comings) coming();
    },
  };
}

function portsOf({ link: { medium } }: GroupSpec, own: Ports, media: ReadonlyMap<string, Medium>): Ports {
  if (medium === undefined) return own;
  const shared = media.get(medium) as Medium; // scenarios are checked
  return { up: shared, down: shared };
}

function linksOf(
  { link: { up, down, latency, jitter, loss } }: GroupSpec,
  ports: Ports,
  clock: VirtualClock,
  dice: Dice,
  id: number,
): [up: Link, down: Link] {
  const make = (medium: Medium, rate: number): Link =>
    new Link(clock, medium, dice, id, { rate: rateOf(rate), latency, jitter, loss });
  return [make(ports.up, up), make(ports.down, down)];
}

/** Of a group's machines every so-manieth straggles, so that those with whom it has something in common differ. */
function spellsOf({ stragglers, count }: GroupSpec, index: number, dice: Dice, id: number): Spells {
  const { share, lasts, every, factor } = stragglers;
  const straggling = Math.floor((index + 1) * share) > Math.floor(index * share);
  if (!straggling || count === 0 || every === 0) return new Spells(() => null);
  return new Spells((after) => {
    const from = after + every * milliseconds * dice.exponential('spells', id);
    const to = from + lasts * milliseconds * dice.exponential('spells', id);
    return { from, to, factor: factor ?? Infinity };
  });
}

function scriptOf(faults: readonly FaultSpec[], group: string, index: number): ScriptedFault[] {
  return faults
    .filter(
      (spec) => (spec.group === undefined || spec.group === group) && index < (spec.machines ?? Infinity),
    )
    .map((spec) => ({
      fault: faultOf(spec),
      at: spec.at.map((time) => time * milliseconds),
      probability: spec.probability,
      from: spec.from * milliseconds,
    }));
}

function faultOf(spec: FaultSpec): Fault {
  switch (spec.kind) {
    case 'kill':
      return { kind: spec.kind, lasts: spec.lasts === null ? Infinity : spec.lasts * milliseconds };
    case 'freeze':
    case 'delay':
    case 'reorder':
      return { kind: spec.kind, lasts: spec.lasts * milliseconds };
    case 'slow':
      return { kind: spec.kind, lasts: spec.lasts * milliseconds, factor: spec.factor };
    case 'scale':
      return { kind: spec.kind, factor: spec.factor };
    case 'duplicate':
    case 'drop':
    case 'corrupt':
    case 'sign-flip':
    case 'random':
    case 'replay':
      return { kind: spec.kind };
  }
}

function come(machine: Machine, { joinsWithin, sessions }: GroupSpec, clock: VirtualClock, dice: Dice): void {
  const { id } = machine;
  const stay = (): void => {
    machine.join();
    if (sessions === undefined) return;
    clock.after(sessions.stay * milliseconds * dice.exponential('session', id), () => {
      machine.leave();
      clock.after(sessions.away * milliseconds * dice.exponential('session', id), stay);
    });
  };
  if (joinsWithin === 0) stay();
  else clock.after(joinsWithin * milliseconds * dice.uniform('arrival', id), stay);
}
