import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planModel } from '@gantry/shared';
import { describe, expect, test } from 'vitest';
import { cellsOf, configOf, isBase, withSettings } from '../src/lab/scenario/cells.ts';
import { readScenario, scenarioList } from '../src/lab/scenario/read.ts';

const plain = {
  name: 'plain',
  question: 'Does it parse?',
  config: { preset: 'ring', set: { 'schedule.iterations': 10 } },
  population: {
    groups: { laptops: { count: 3, speed: { millisecondsPerMicrobatch: 20 } } },
    media: { air: { rate: 10 } },
  },
};

describe('cells', () => {
  test('are the combinations of axes, in order, each with its fields set', () => {
    const cells = cellsOf(
      {
        ...plain,
        axes: {
          count: { path: 'population.groups.laptops.count', values: [2, 5] },
          codec: { plain: {}, small: { 'codec.up': 'int8', 'codec.down': 'int8' } },
        },
        base: { codec: 'small' },
      },
      'here',
    );
    expect(cells.map(({ label }) => label)).toEqual([
      'count=2, codec=plain',
      'count=2, codec=small',
      'count=5, codec=plain',
      'count=5, codec=small',
    ]);
    expect(cells.map(({ slug }) => slug)[1]).toBe('count=2-codec=small');
    const found = cells.map(({ scenario }) => [
      scenario.population.groups['laptops'].count,
      configOf(scenario, 7).codec.down,
    ]);
    expect(found).toEqual([
      [2, 'float32'],
      [2, 'int8'],
      [5, 'float32'],
      [5, 'int8'],
    ]);
    // The first value where the scenario names none.
    expect(cells.map(({ scenario, choice }) => isBase(scenario, choice))).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(configOf(cells[0].scenario, 7)).toMatchObject({ seed: 7, schedule: { iterations: 10 } });
  });

  test('of a scenario without axes are one, by its name', () => {
    expect(cellsOf(plain, 'here').map(({ label, choice }) => [label, choice])).toEqual([['plain', {}]]);
  });

  test('have folders of their own, also where labels are of another script or differ in case alone', () => {
    const axes = { codec: { 八位: { 'codec.up': 'int8' }, 十六位: { 'codec.up': 'float16' }, A: {}, a: {} } };
    const slugs = cellsOf({ ...plain, axes }, 'here').map(({ slug }) => slug);
    expect(new Set(slugs).size).toBe(4);
    for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9.=-]+$/);
  });

  test('a setting given for all is the axes’ to change', () => {
    const raw = withSettings(
      { ...plain, axes: { up: { path: 'codec.up', values: ['int8'] } } },
      { 'codec.up': 'topk', 'codec.topkShare': 0.5, 'measure.every': 3 },
      'here',
    );
    const [{ scenario }] = cellsOf(raw, 'here');
    expect(configOf(scenario, 1).codec).toMatchObject({ up: 'int8', topkShare: 0.5 });
    expect(scenario.measure.every).toBe(3);
  });
});

describe('what is wrong is named', () => {
  const wrong: [what: string, change: object, message: RegExp][] = [
    ['a field', { mesure: {} }, /here is not right at mesure: there is no such field/],
    ['a value', { measure: { every: 0 } }, /measure\.every/],
    [
      'a medium',
      withSettings(plain, { 'population.groups.laptops.link': { medium: 'aether' } }, 'here') as object,
      /laptops\.link\.medium: there is no medium "aether"; media: air/,
    ],
    [
      'a group',
      { faults: [{ kind: 'kill', group: 'tablets' }] },
      /faults\.0\.group: .*"tablets"; groups: laptops/,
    ],
    ['a base without axis', { base: { codec: 'x' } }, /base\.codec/],
    [
      'a base without value',
      { axes: { up: { path: 'codec.up', values: ['int8'] } }, base: { up: 'int4' } },
      /base\.up: it is "int4"; values: int8/,
    ],
    ['a target', { target: { measure: 'beauty' } }, /target\.measure/],
  ];
  test.each(wrong)('%s', (_, change, message) => {
    expect(() => cellsOf({ ...plain, ...change }, 'here')).toThrow(message);
  });

  test('of the configuration, before anything is run', () => {
    const [{ scenario }] = cellsOf({ ...plain, config: { preset: 'ring', set: { 'loss.knd': 1 } } }, 'here');
    expect(() => configOf(scenario, 1)).toThrow(/no field "loss.knd"/);
  });

  test('of a file: the line', async () => {
    await expect(readScenario(fileURLToPath(import.meta.url))).rejects.toThrow(/is not right at line 1/);
    await expect(readScenario('nowhere')).rejects.toThrow(/nowhere.*classroom-30, .*stragglers/s);
  });
});

describe('the scenarios that come with Gantry', () => {
  const folder = fileURLToPath(new URL('../scenarios', import.meta.url));
  const names = readdirSync(folder).map((file) => basename(file, '.json'));

  test.each(names)('%s: each cell can be run', async (name) => {
    const { raw, place } = await readScenario(name);
    const cells = cellsOf(raw, place);
    expect(cells[0].scenario.name).toBe(name);
    expect(new Set(cells.map(({ slug }) => slug)).size).toBe(cells.length);
    for (const { scenario } of cells) planModel(configOf(scenario, 1));
    expect(cells.filter(({ scenario, choice }) => isBase(scenario, choice))).toHaveLength(1);
  });

  test('are listed with their questions', async () => {
    const list = await scenarioList();
    for (const name of names) expect(list).toMatch(new RegExp(`^${name} +\\S.*\\?`, 'm'));
  });
});
