import {
  initialParameters,
  initialRunning,
  planModel,
  presets,
  phaseNames,
  type RunConfig,
} from '@gantry/shared';
import { it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';
import { createSource } from '../src/data/source.ts';
import * as tf from '../src/compute/tf.ts';
const big: RunConfig = {
  ...presets.digits,
  data: { source: 'images', path: '', height: 32, width: 32, channels: 1 },
  model: { architecture: 'dcgan', latent: 64, width: 32, discriminatorBatchNorm: true },
  batch: { global: 64, microbatch: 32, block: 1 },
};
const all: Record<string, RunConfig> = {
  ring: presets.ring,
  digits: presets.digits,
  small: presets['digits-small'],
  big,
};
it('bench', async () => {
  for (const [name, config] of Object.entries(all)) {
    if (process.env.ONLY && !process.env.ONLY.split(',').includes(name)) continue;
    const model = planModel(config);
    const c = await createCompute('wasm', model, config);
    const src0 = createSource(
      config.data.source === 'images' ? { ...config, data: { source: 'digits' } } : config,
      null,
      async () => new Uint8Array(),
    );
    const src =
      config.data.source === 'images'
        ? {
            ...src0,
            real: async (_s: number, _f: number, n: number) =>
              new Float32Array(n * 1024).map(() => Math.random()),
          }
        : src0;
    for (const [i, n] of phaseNames.entries())
      c.load(n, {
        parameters: new Float32Array(initialParameters(model[n], 1, i as 0 | 1)),
        running: new Float32Array(initialRunning(model[n])),
      });
    for (const phase of phaseNames) {
      const payload = new Uint8Array(c.payloadBytes(phase, 1));
      const run = (s: number) => c.update({ phase, step: s, blocks: [0] }, src, payload, () => false);
      const reps = name === 'ring' || name === 'small' ? 200 : 8;
      for (let i = 0; i < Math.ceil(reps / 4); i++) await run(i);
      const t = performance.now();
      for (let i = 0; i < reps; i++) await run(i);
      console.log(name, phase, ((performance.now() - t) / reps).toFixed(2), 'ms', tf.memory().numTensors);
      if (process.env.PROFILE) {
        const p = await tf.profile(async () => {
          await run(0);
          return [];
        });
        const by: Record<string, { n: number; ms: number }> = {};
        const rows = [];
        for (const k of p.kernels) {
          const ms = Number((await k.kernelTimeMs) as number);
          (by[k.name] ??= { n: 0, ms: 0 }).n++;
          by[k.name].ms += ms;
          rows.push(
            [k.name, JSON.stringify(k.inputShapes), JSON.stringify(k.outputShapes), ms.toFixed(2)].join(' '),
          );
        }
        console.log(
          Object.entries(by)
            .sort((a, b) => b[1].ms - a[1].ms)
            .map(([k, v]) => `${k} ${v.n} ${v.ms.toFixed(2)}`)
            .join('\n'),
        );
        if (process.env.ROWS) console.log(rows.join('\n'));
      }
    }
    c.dispose();
  }
}, 100000);
