import { parseConfig, presetConfig, setField, type PresetName, type RunConfig } from '@gantry/shared';
import { median } from '../harness/statistics.ts';
import type { Bench, Bound, Row } from '../harness/row.ts';
import type { Quality } from '../processes/trainer.ts';
import { configurationOr } from '../training.ts';
import { trainAll } from '../trainings.ts';

const seeds = [1, 2, 3, 4, 5];

interface Case {
  readonly name: string;
  /** What differs from float32 and synchronous. */
  readonly set: readonly string[];
  /** More settings, each trained with the first seed: a curve. Reported, and no target. */
  readonly curve?: readonly (readonly [label: string, set: readonly string[]])[];
}

/** Of digits: a tenth of the preset's, since each row trains ten such runs; strokes are there by then. */
const digitsIterations = 200;

/** A preset as it is, digits for less long; and sheets are drawn at the end only, which changes nothing that is trained. */
function configOf(preset: PresetName, seed: number, assignments: readonly string[]): RunConfig {
  let config = presetConfig(preset);
  for (const assignment of [
    `seed=${seed}`,
    'evaluation.every=1000000',
    'checkpoint.every=1000000',
    ...(preset === 'digits' ? [`schedule.iterations=${digitsIterations}`] : []),
    ...assignments,
  ]) {
    const equals = assignment.indexOf('=');
    config = setField(config, assignment.slice(0, equals), assignment.slice(equals + 1));
  }
  return parseConfig(config);
}

const both = (set: readonly string[]): RunConfig[] =>
  (['ring', 'digits'] as const).flatMap((preset) => seeds.map((seed) => configOf(preset, seed, set)));

const megabytes = ({ bytes }: Quality): number => (bytes.up + bytes.down) / 1e6;
const highQuality = (found: Quality): number => found.highQuality ?? 0;
const modes = (found: Quality): number => found.modes ?? 0;
const distance = (found: Quality): number => found.distance ?? Infinity;

const row = ({ name, set, curve = [] }: Case): Row => ({
  name: `quality/${name}`,
  about: `What training with ${name} comes to at equal iterations, against float32 synchronous: ring and digits, ${seeds.length} seeds.`,
  onlyWhenNamed: true,
  async measure(bench) {
    const refused = configurationOr(() => configOf('ring', 1, [...bench.set, ...set]));
    if ('skipped' in refused) return refused;
    // Alternately, so that both sides share whatever the machine does.
    const ours = both([...bench.set, ...set]);
    const theirs = both(bench.set);
    const found = await trainAll(
      bench,
      ours.flatMap((config, i) => [config, theirs[i]]),
    );
    const part = (side: 0 | 1, preset: 0 | 1): Quality[] =>
      found.filter((_, i) => i % 2 === side && Math.floor(i / 2 / seeds.length) === preset);
    const [ring, digits] = [part(0, 0), part(0, 1)];
    const [plainRing, plainDigits] = [part(1, 0), part(1, 1)];
    const middle = (of: readonly Quality[], what: (one: Quality) => number): number => median(of.map(what));
    const bounds: Bound[] = [
      { of: 'value', atLeast: Math.min(...plainRing.map(highQuality)) },
      { of: 'ring modes', atLeast: Math.min(...plainRing.map(modes)) },
      { of: 'digits distance', atMost: Math.max(...plainDigits.map(distance)) },
    ];
    return {
      unit: 'of high quality',
      against: 'float32, synchronous: the same seeds',
      pairs: ring.map((one, i) => ({ value: highQuality(one), baseline: highQuality(plainRing[i]) })),
      bounds: curve.length > 0 ? [] : bounds,
      limit:
        'what the codec or the strategy loses of each step; the bounds are the worst of the baseline’s own seeds',
      details: {
        'ring modes': middle(ring, modes),
        'ring modes, float32': middle(plainRing, modes),
        'digits distance': middle(digits, distance),
        'digits distance, float32': middle(plainDigits, distance),
        'digits distance, float32, worst seed': Math.max(...plainDigits.map(distance)),
        'digits distance of real from real': middle(plainDigits, (one) => one.floor ?? NaN),
        'ring MB': middle(ring, megabytes),
        'ring MB, float32': middle(plainRing, megabytes),
        'digits MB': middle(digits, megabytes),
        'digits MB, float32': middle(plainDigits, megabytes),
        ...(await pointsOf(bench, curve)),
      },
    };
  },
});

/** Quality against bytes. */
async function pointsOf(bench: Bench, curve: NonNullable<Case['curve']>): Promise<Record<string, number>> {
  const configs = curve.flatMap(([, set]) =>
    (['ring', 'digits'] as const).map((preset) => configOf(preset, seeds[0], [...bench.set, ...set])),
  );
  const found = await trainAll(bench, configs);
  return Object.fromEntries(
    curve.flatMap(([label], i) => {
      const [ring, digits] = [found[2 * i], found[2 * i + 1]];
      return [
        [`${label}: ring MB`, megabytes(ring)],
        [`${label}: ring high quality`, highQuality(ring)],
        [`${label}: digits MB`, megabytes(digits)],
        [`${label}: digits distance`, distance(digits)],
      ] as const;
    }),
  );
}

const codec = (name: string, ...more: readonly string[]): string[] => [
  `codec.up=${name}`,
  `codec.down=${name}`,
  ...more,
];
/** With its usual slots, as many as a step has blocks. */
const local = (iterations: number): string[] => ['strategy=local', `strategy.iterations=${iterations}`];

/** Seldom and few: the ring's bar of quality (8 modes, 0.90 of high quality), at a fiftieth of the bytes. */
const ringLocal: Row = {
  name: 'quality/ring-local-16-int8',
  about:
    'The ring in rounds of 16 iterations and 8 bits, against float32 synchronous: bytes, and whether it is as good.',
  onlyWhenNamed: true,
  async measure(bench) {
    const of = (seed: number, set: readonly string[]): RunConfig =>
      configOf('ring', seed, [...bench.set, ...set]);
    const ours = seeds.slice(0, 3).map((seed) => of(seed, [...local(16), ...codec('int8')]));
    const theirs = seeds.slice(0, 3).map((seed) => of(seed, []));
    const found = await trainAll(bench, [...ours, ...theirs], 2);
    const [rounds, steps] = [found.slice(0, 3), found.slice(3)];
    return {
      unit: 'MB',
      against: 'float32, synchronous, the same seeds; 2 workers',
      pairs: rounds.map((one, i) => ({ value: megabytes(one), baseline: megabytes(steps[i]) })),
      bounds: [
        { of: 'ratio', atMost: 1 / 50 },
        { of: 'least modes', atLeast: 8 },
        { of: 'least high quality', atLeast: 0.9 },
      ],
      limit:
        'what is left is half up, half down: two slots of each round, and the deltas that two workers get',
      details: {
        'least modes': Math.min(...rounds.map(modes)),
        'least high quality': Math.min(...rounds.map(highQuality)),
        'least high quality, float32': Math.min(...steps.map(highQuality)),
      },
    };
  },
};

export const quality: readonly Row[] = [
  ringLocal,
  row({ name: 'float16', set: codec('float16') }),
  row({ name: 'int8', set: codec('int8') }),
  row({
    name: 'topk',
    set: codec('topk'),
    curve: [0.003, 0.01, 0.03, 0.1, 0.3].map((share) => [
      `share ${share}`,
      codec('topk', `codec.topkShare=${share}`),
    ]),
  }),
  row({ name: 'local-4', set: local(4) }),
  row({ name: 'local-16', set: local(16) }),
];
