/** What a worker draws: sample sheets, planes and pictures, against the numbers that they are made of. */
import {
  floatsAt,
  heatMapPoints,
  initialParameters,
  initialRunning,
  manifoldLatents,
  mixtures,
  networkFrame,
  phaseNumber,
  parseConfig,
  planeOf,
  planModel,
  presets,
  readFrame,
  type Frame,
  type NetworkState,
  type PhaseName,
  type Picture,
  type RunConfig,
  type WelcomeMessage,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';
import { createSource } from '../src/data/source.ts';
import { drawEvaluation } from '../src/session/draw.ts';
import { Evaluated } from '../src/session/evaluated.ts';
import type { Equipped } from '../src/session/workplace.ts';

const ring: RunConfig = parseConfig({
  ...presets.ring,
  model: { ...presets.ring.model, latent: 3, width: 8, depth: 2 },
  evaluation: { ...presets.ring.evaluation, samples: 30 },
});
const conditional: RunConfig = parseConfig({
  ...presets['digits-conditional'],
  model: { ...presets['digits-conditional'].model, latent: 8, width: 4 },
  evaluation: { ...presets.digits.evaluation, samples: 20 },
});

function stateOf(config: RunConfig, network: PhaseName): NetworkState {
  const plan = planModel(config)[network];
  return {
    parameters: Float32Array.from(initialParameters(plan, config.seed, phaseNumber[network]), (x) => 3 * x),
    running: new Float32Array(initialRunning(plan)),
  };
}

async function placeOf(config: RunConfig) {
  const model = planModel(config);
  const compute = await createCompute('wasm', model, config);
  const source = createSource(config, null, () => Promise.reject(new TypeError('drawn data has no chunks')));
  const networks = {
    generator: stateOf(config, 'generator'),
    discriminator: stateOf(config, 'discriminator'),
  };
  const draw = async (
    picture?: Picture,
    given: Partial<typeof networks> = networks,
  ): Promise<Frame | null> => {
    const samples = picture?.samples.length ?? config.evaluation.samples;
    const frame = await drawEvaluation(
      { compute, source, model } as Equipped, // the rest of a workplace is for training
      { config, incarnation: 7 } as WelcomeMessage,
      { type: 'evaluate', lease: 3, version: 5, iteration: 2, samples, picture },
      { generator: null, discriminator: null, ...given },
    );
    return frame && readFrame(frame);
  };
  return { compute, source, networks, draw };
}

const one = (place: number): Picture['samples'][number] => ({ places: [place], weights: [1] });

describe('a sheet of points', () => {
  it('holds what the networks make of the plane, to the bit the same each time', async () => {
    const { compute, source, networks, draw } = await placeOf(ring);
    const frame = await draw();
    expect(frame?.header).toMatchObject({
      kind: 'evaluation',
      lease: 3,
      version: 5,
      phase: 'generator',
      count: 30,
    });
    expect(await draw()).toEqual(frame);
    const payload = frame?.payload ?? new Uint8Array(0);
    const plane = planeOf(floatsAt(payload, 0, payload.length / 4), 30);
    const none = new Int32Array(0);
    expect(plane.generated).toEqual(
      await compute.generate(networks.generator, source.sampleLatents(30), none),
    );
    expect(plane.manifold).toEqual(await compute.generate(networks.generator, manifoldLatents(3), none));
    expect(plane.real).toEqual(await source.sampleReal(500));
    const judged = await compute.judge(
      networks.discriminator,
      heatMapPoints(mixtures.ring),
      plane.generated.slice(),
      plane.real.slice(0, 60),
    );
    expect(plane.heatMap).toEqual(judged.scores);
    expect(plane.gradients).toEqual(judged.gradients);
    compute.dispose();
  });

  it('is not drawn without the discriminator of its version, nor anything without the generator', async () => {
    const { compute, networks, draw } = await placeOf(ring);
    expect(await draw(undefined, { generator: networks.generator })).toBeNull();
    expect(await draw(undefined, { discriminator: networks.discriminator })).toBeNull();
    const picture = { samples: [one(0)], class: null };
    expect(await draw(picture, { discriminator: networks.discriminator })).toBeNull();
    expect(await draw(picture, { generator: networks.generator })).not.toBeNull();
    compute.dispose();
  });
});

describe('a picture', () => {
  const pixels = 28 * 28;
  const at = (frame: Frame | null, index: number): Uint8Array =>
    (frame?.payload ?? new Uint8Array(0)).subarray(index * pixels, (index + 1) * pixels);

  it('is at its corners what the sheet is there', async () => {
    const { compute, draw } = await placeOf(conditional);
    const sheet = await draw();
    const mixes = [[1, 0, 0], [0, 0, 1], [0.5, 0.25, 0.25]].map((weights) => ({ places: [4, 17, 11], weights })); // prettier-ignore
    const picture = await draw({ samples: mixes, class: null });
    expect(picture?.header.count).toBe(3);
    expect(at(picture, 0)).toEqual(at(sheet, 4));
    expect(at(picture, 1)).toEqual(at(sheet, 11));
    expect(at(picture, 2)).not.toEqual(at(sheet, 4));
    compute.dispose();
  });

  it('of a class is of that class throughout', async () => {
    const { compute, source, networks, draw } = await placeOf(conditional);
    const picture = await draw({ samples: [one(0), one(1)], class: 7 });
    const sevens = await compute.generate(networks.generator, source.sampleLatents(2), Int32Array.of(7, 7));
    const bytes = Uint8ClampedArray.from(sevens, (x) => (x + 1) * 127.5);
    expect([...(picture?.payload ?? [])]).toEqual([...bytes]);
    // The second place of a sheet is of class 1.
    const asInSheet = await draw({ samples: [one(0), one(1)], class: null });
    expect(at(asInSheet, 1)).not.toEqual(at(picture, 1));
    compute.dispose();
  });

  it('of points is points, and nothing of the plane', async () => {
    const { compute, source, networks, draw } = await placeOf(ring);
    const picture = await draw({ samples: [one(29), one(0)], class: null });
    const all = await compute.generate(networks.generator, source.sampleLatents(30), new Int32Array(0));
    const payload = picture?.payload ?? new Uint8Array(0);
    expect(floatsAt(payload, 0, payload.length / 4)).toEqual(
      Float32Array.of(...all.slice(58), ...all.slice(0, 2)),
    );
    compute.dispose();
  });
});

describe('networks for evaluations', () => {
  const model = planModel(ring);
  const frameOf = (network: PhaseName, version: number): Uint8Array<ArrayBuffer> =>
    networkFrame(
      network === 'generator' ? 'ema' : 'discriminator',
      network,
      model[network],
      stateOf(ring, network),
      {
        incarnation: 7,
        version,
        lease: 0,
      },
    );

  it('are kept until others come, and are of one version', () => {
    const evaluated = new Evaluated();
    evaluated.take(model, readFrame(frameOf('generator', 4)));
    evaluated.take(model, readFrame(frameOf('discriminator', 3)));
    expect(evaluated.of(4).generator?.parameters).toEqual(stateOf(ring, 'generator').parameters);
    expect(evaluated.of(4).discriminator).toBeNull();
    expect(evaluated.of(4).generator).toBe(evaluated.of(4).generator);
    evaluated.take(model, readFrame(frameOf('generator', 5)));
    expect(evaluated.of(4).generator).toBeNull();
    evaluated.forget();
    expect(evaluated.of(5)).toEqual({ generator: null, discriminator: null });
  });

  it('are nobody where they are not what the coordinator has', () => {
    const evaluated = new Evaluated();
    const frame = readFrame(frameOf('generator', 4));
    evaluated.take(model, frame);
    evaluated.take(model, { ...frame, header: { ...frame.header, replica: frame.header.replica ^ 1 } });
    expect(evaluated.of(4).generator).toBeNull();
  });
});
