/**
 * The words of TensorFlow.js's layers format (Keras's): a graph of named layers as JSON, and its weights beside it.
 * Layers here are built in, so that `tf.loadLayersModel` needs nothing of ours.
 */

/** One layer of the topology, and the layers that it reads. */
export interface KerasLayer {
  readonly class_name: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** One call, with its inputs: [name, call 0, output 0, no arguments]. */
  readonly inbound_nodes: readonly (readonly KerasReference[])[];
}
type KerasReference = readonly [layer: string, node: 0, tensor: 0, args: Readonly<Record<string, never>>];

/** A weight, by `layer/weight` as TensorFlow.js names it. */
export interface KerasWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Collects layers in the order in which they are computed. */
export class KerasGraph {
  readonly layers: KerasLayer[] = [];
  readonly weights: KerasWeight[] = [];

  /** @param shape - of one example @returns its name */
  input(name: string, shape: readonly number[], dtype: 'float32' | 'int32'): string {
    const config = { name, batch_input_shape: [null, ...shape], dtype, sparse: false };
    this.layers.push({ class_name: 'InputLayer', name, config, inbound_nodes: [] });
    return name;
  }

  /** @param from - names of what it reads @returns its name */
  layer(
    kind: string,
    name: string,
    from: readonly string[],
    config: Readonly<Record<string, unknown>> = {},
  ): string {
    this.layers.push({
      class_name: kind,
      name,
      config: { name, trainable: true, dtype: 'float32', ...config },
      inbound_nodes: [from.map((layer): KerasReference => [layer, 0, 0, {}])],
    });
    return name;
  }

  weight(layer: string, weight: string, shape: readonly number[], data: Float32Array<ArrayBuffer>): void {
    this.weights.push({ name: `${layer}/${weight}`, shape, data });
  }

  /** `modelTopology` of model.json. */
  topology(inputs: readonly string[], output: string): object {
    const place = (name: string) => [name, 0, 0];
    return {
      class_name: 'Model',
      config: {
        name: 'generator',
        layers: this.layers,
        input_layers: inputs.map(place),
        output_layers: [place(output)],
      },
      keras_version: 'tfjs-layers 4',
      backend: 'tensor_flow.js',
    };
  }
}
