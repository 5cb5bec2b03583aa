/**
 * A generator as a safetensors file for PyTorch: its names (`bn1.running_mean`) and its layouts, so that
 * `load_state_dict` takes it where modules are named as the run's layers are. docs/export.md shows one.
 */
import {
  gantryError,
  volume,
  writeSafetensors,
  type NetworkPlan,
  type NetworkState,
  type ParameterEntry,
  type SimpleLayerSpec,
  type Tensor,
} from '@gantry/shared';
import { runningPlaces } from '../training/transfer.ts';
import { configText } from '../run/directory.ts';
import { factsOf, type ExportedGenerator } from './generator.ts';

/** What each of our parameters is called there, and which of our axes each of its axes is. */
const translations: Readonly<Record<string, { readonly name: string; readonly axes?: readonly number[] }>> = {
  // [kh, kw, in, out] → [out, in, kh, kw]; transposed, [kh, kw, out, in] → [in, out, kh, kw]
  'conv2d/kernel': { name: 'weight', axes: [3, 2, 0, 1] },
  'conv2dTranspose/kernel': { name: 'weight', axes: [3, 2, 0, 1] },
  'dense/kernel': { name: 'weight', axes: [1, 0] },
  'projection/kernel': { name: 'weight', axes: [1, 0] },
  'projection/embedding': { name: 'embedding.weight' },
  'labelEmbedding/embedding': { name: 'weight' },
};
const usual: Readonly<Record<string, string>> = { gamma: 'weight', beta: 'bias', bias: 'bias' };
const running: Readonly<Record<string, string>> = {
  runningMean: 'running_mean',
  runningVariance: 'running_var',
};

export function safetensorsFile(generator: ExportedGenerator): Uint8Array<ArrayBuffer> {
  const { classes, example, ...facts } = factsOf(generator);
  return writeSafetensors(torchTensors(generator.plan, generator.state), {
    // What PyTorch's own tools look for.
    format: 'pt',
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)])),
    classes: JSON.stringify(classes),
    example: JSON.stringify(example),
    epsilon: String(generator.config.batchNorm.epsilon),
    layers: JSON.stringify(
      generator.plan.layers.map(({ name, spec, inputs, output }) => ({ ...spec, name, inputs, output })),
    ),
    config: configText(generator.config),
  });
}

function torchTensors(plan: NetworkPlan, state: NetworkState): Map<string, Tensor> {
  const kinds = new Map(plan.layers.map(({ name, spec }) => [name, spec.type]));
  const tensors = new Map<string, Tensor>();
  for (const entry of plan.parameters) {
    const { layer, parameter } = partsOf(entry.name);
    const { name, axes } = translationOf(kinds.get(layer), parameter);
    const values = state.parameters.slice(entry.offset, entry.offset + entry.size);
    tensors.set(torchName(layer, name), permuted(values, entry.shape, axes));
  }
  for (const { name, shape, offset, size } of runningPlaces(plan, '')) {
    const { layer, parameter } = partsOf(name.slice(1));
    tensors.set(torchName(layer, running[parameter]), {
      shape,
      data: state.running.slice(offset, offset + size),
    });
  }
  return tensors;
}

function partsOf(path: ParameterEntry['name']): { readonly layer: string; readonly parameter: string } {
  const slash = path.lastIndexOf('/');
  return { layer: path.slice(0, slash), parameter: path.slice(slash + 1) };
}

/** Modules inside modules are told by dots. */
const torchName = (layer: string, name: string): string => `${layer.replaceAll('/', '.')}.${name}`;

function translationOf(kind: SimpleLayerSpec['type'] | 'add' | 'concat' | undefined, parameter: string) {
  const found = translations[`${kind}/${parameter}`] ?? (usual[parameter] && { name: usual[parameter] });
  if (found) return found;
  throw gantryError('INTERNAL', `PyTorch's name for ${parameter} of a ${kind} layer is not known`);
}

/** @param axes - axis i of the result is axis `axes[i]` of `values`; left out: as it is */
function permuted(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  axes: readonly number[] | undefined,
): Tensor {
  if (axes === undefined) return { shape, data: values };
  const strides = shape.map((_, axis) => volume(shape.slice(axis + 1)));
  const newShape = axes.map((axis) => shape[axis]);
  const data = new Float32Array(values.length);
  const index = axes.map(() => 0);
  for (let at = 0; at < data.length; at++) {
    let from = 0;
    for (let i = 0; i < axes.length; i++) from += index[i] * strides[axes[i]];
    data[at] = values[from];
    for (let i = axes.length - 1; i >= 0; i--) {
      index[i] += 1;
      if (index[i] < newShape[i]) break;
      index[i] = 0;
    }
  }
  return { shape: newShape, data };
}
