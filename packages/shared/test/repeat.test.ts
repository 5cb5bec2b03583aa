import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  configFromLink,
  configLink,
  isConfigLink,
  parseConfig,
  presetConfig,
  presetNames,
  repeatOptions,
  setField,
  type RunConfig,
} from '../src/index.ts';

const page = 'http://192.168.1.20:7070/present/';

/** As `gantry start` reads these options. */
function made(options: readonly string[]): RunConfig {
  let config = presetConfig(options[1]);
  for (let i = 2; i < options.length; i += 2) {
    const [name, value] = [options[i], options[i + 1]];
    const path = { '--seed': 'seed', '--iterations': 'schedule.iterations' }[name];
    const [field, text] = path === undefined ? value.split(/=(.*)/s) : [path, value];
    config = setField(config, field, text);
  }
  return parseConfig(config);
}

describe('a configuration as a link', () => {
  it.each(presetNames.filter((name) => name !== 'images-32'))('comes out as it went in: %s', (name) => {
    const config = presetConfig(name);
    const link = configLink(page, config);
    expect(isConfigLink(link)).toBe(true);
    expect(configFromLink(link)).toEqual(config);
    // What every program takes for one address.
    expect(link).toMatch(/^http:\/\/192\.168\.1\.20:7070\/present\/#config=[\w-]+$/);
    expect(link.length).toBeLessThan(1200);
  });

  it('that was cut off, or changed, is refused with a reason', () => {
    const link = configLink(page, presetConfig('ring'));
    for (const wrong of [link.slice(0, -20), `${page}#config=`, `${page}#config=%%%`]) {
      expect(() => configFromLink(wrong), wrong).toThrow(/^The link is not a Gantry configuration/);
    }
    const other = { ...presetConfig('ring'), seed: -1 };
    expect(() => configFromLink(configLink(page, other))).toThrow(/field seed cannot be "-1"/);
  });

  it('inflates to no more than a configuration may have', () => {
    const bomb = { ...presetConfig('ring'), preset: 'x'.repeat(2 ** 21) };
    expect(() => configFromLink(configLink(page, bomb))).toThrow(/^The link/);
  });
});

describe('the command that repeats a run', () => {
  it('names the preset and what differs from it', () => {
    expect(repeatOptions(presetConfig('ring'))).toEqual(['--preset', 'ring']);
    const config = made(['--preset', 'digits', '--seed', '7', '--iterations', '50', '--set', 'loss.r1=0.5']);
    expect(repeatOptions(config)).toEqual([
      '--preset',
      'digits',
      '--seed',
      '7',
      '--iterations',
      '50',
      '--set',
      'loss.r1=0.5',
    ]);
  });

  it('makes the same configuration, whatever is set', () => {
    const settings = [
      'strategy=local',
      'optimizer.generator.kind=sgd',
      'model.architecture=residual',
      'aggregation.kind=trimmed',
      'batch.global=128',
      'codec.down=int8',
      'ema.decay=0.5',
    ];
    fc.assert(
      fc.property(fc.nat(1000), fc.subarray(settings), (seed, chosen) => {
        const options = chosen.flatMap((assignment) => ['--set', assignment]);
        const config = made(['--preset', 'digits', '--seed', String(seed), ...options]);
        const found = repeatOptions(config);
        expect(found).not.toBeNull();
        expect(made(found ?? [])).toEqual(config);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('is not told where options cannot make it', () => {
    const data = { ...presetConfig('images-32').data, path: '/x', fingerprint: '0123456789abcdef' };
    expect(repeatOptions({ ...presetConfig('images-32'), data })).toBeNull();
    expect(repeatOptions({ ...presetConfig('ring'), freeze: ['discriminator/*'] })).toBeNull();
    expect(repeatOptions({ ...presetConfig('ring'), preset: 'mine' })).toBeNull();
  });
});
