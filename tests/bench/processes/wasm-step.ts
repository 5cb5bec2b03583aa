/** One side of the rows `wasm-step-*`: a discriminator and a generator step, with Gantry's kernels or stock ones. */
import { phaseNames, planModel, readPlainRecords, recordLayout, type PhaseName } from '@gantry/shared';
import { createCompute } from '../../../packages/worker/src/compute/backends.ts';
import { TfCompute } from '../../../packages/worker/src/compute/tf-compute.ts';
import type { BackendName, Compute } from '../../../packages/worker/src/compute/types.ts';
import { dcgan32, fixedExamples, initialState } from '../dcgan-32.ts';
import * as tf from '../../../packages/worker/src/compute/tf.ts';
import { serve } from '../harness/serve.ts';
import { startStockBackend, stockBackend } from './stock-backend.ts';

const config = dcgan32();
const model = planModel(config);
const source = fixedExamples(config);
const payloads = new Map<PhaseName, Uint8Array<ArrayBuffer>>();
let compute: Compute | null = null;

const commands = {
  async open(kernels: 'gantry' | 'stock'): Promise<void> {
    if (kernels === 'gantry') compute = await createCompute('wasm', model, config);
    else {
      await startStockBackend();
      compute = new TfCompute(stockBackend as BackendName, model, config);
    }
    for (const network of phaseNames) {
      compute.load(network, initialState(model, network));
      payloads.set(network, new Uint8Array(compute.payloadBytes(network, 1)));
    }
  },

  /** @returns milliseconds of both steps together, the mean of `times` */
  async steps(times: number): Promise<number> {
    const began = performance.now();
    // One step after another, as they are trained.
    // oxlint-disable-next-line no-await-in-loop
    for (let i = 0; i < times; i++) for (const phase of phaseNames) await step(phase);
    return (performance.now() - began) / times;
  },

  /** @returns GFLOP/s of large matrix products: what the kernels' arithmetic can reach */
  productRate(): number {
    const side = 512;
    const [a, b] = [tf.randomUniform([side, side]), tf.randomUniform([side, side])];
    const times = Array.from({ length: 8 }, () => {
      const began = performance.now();
      tf.matMul(a, b).dispose();
      return performance.now() - began;
    });
    tf.dispose([a, b]);
    return (2 * side ** 3) / 1e6 / Math.min(...times);
  },

  /** @returns each network's gradient, float32 [trainableCount] */
  async gradients(): Promise<Record<PhaseName, Float32Array>> {
    const found = { discriminator: new Float32Array(0), generator: new Float32Array(0) };
    for (const phase of phaseNames) {
      // oxlint-disable-next-line no-await-in-loop
      const payload = await step(phase);
      found[phase] = readPlainRecords(recordLayout(model, phase), payload, 1)[0].gradient.slice();
    }
    return found;
  },
};
export type WasmStep = typeof commands;

async function step(phase: PhaseName): Promise<Uint8Array<ArrayBuffer>> {
  const payload = payloads.get(phase);
  if (compute === null || payload === undefined) throw new TypeError('Not opened');
  await compute.update(
    { phase, step: 0, blocks: [0] },
    source,
    payload,
    () => false,
    () => Promise.resolve(null),
  );
  return payload;
}

serve(commands);
