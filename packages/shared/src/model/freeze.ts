/** Freezing layers by pattern (Freeze-D: S. Mo, M. Cho, J. Shin, "Freeze the discriminator", 2020). */
import { gantryError } from '../errors.ts';
import type { ModelSpec } from './spec.ts';
import type { LayerSpec, NetworkSpec, SimpleLayerSpec } from './spec.ts';

/**
 * Sets `trainable: false` on layers whose path (`discriminator/conv1`, in a block `discriminator/block1/conv1`) a
 * pattern matches; `*` stands for any characters.
 *
 * @throws CONFIG_FIELD_INVALID for a pattern that matches nothing
 */
export function freeze(model: ModelSpec, patterns: readonly string[]): ModelSpec {
  if (patterns.length === 0) return model;
  const seen: string[] = [];
  const used = new Set<string>();
  const expressions = patterns.map((pattern) => ({ pattern, expression: expressionOf(pattern) }));
  const matches = (path: string): boolean => {
    seen.push(path);
    const found = expressions.filter(({ expression }) => expression.test(path));
    for (const { pattern } of found) used.add(pattern);
    return found.length > 0;
  };
  const simple =
    (place: string) =>
    (layer: SimpleLayerSpec): SimpleLayerSpec =>
      matches(`${place}/${layer.name}`) ? { ...layer, trainable: false } : layer;
  const any =
    (role: string) =>
    (layer: LayerSpec): LayerSpec => {
      const path = `${role}/${layer.name}`;
      if (layer.type !== 'residual' && layer.type !== 'inception') return simple(role)(layer);
      // What is inside is asked too, so that a pattern for it counts as used.
      const whole = matches(path) ? { trainable: false } : {};
      const inside = simple(path);
      return layer.type === 'residual'
        ? { ...layer, ...whole, body: layer.body.map(inside), shortcut: layer.shortcut.map(inside) }
        : { ...layer, ...whole, branches: layer.branches.map((branch) => branch.map(inside)) };
    };
  const network = (role: keyof ModelSpec): NetworkSpec => ({
    ...model[role],
    layers: model[role].layers.map(any(role)),
  });
  const frozen = { discriminator: network('discriminator'), generator: network('generator') };
  const unused = patterns.find((pattern) => !used.has(pattern));
  if (unused === undefined) return frozen;
  throw gantryError('CONFIG_FIELD_INVALID', 'freeze', unused, `it matches none of ${seen.join(', ')}`);
}

const expressionOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
