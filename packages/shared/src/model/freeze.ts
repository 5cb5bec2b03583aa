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
  const tests = patterns.map((pattern) => ({ pattern, test: matching(pattern) }));
  const matches = (path: string): boolean => {
    seen.push(path);
    const found = tests.filter(({ test }) => test(path));
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

/** In one pass over the path, whatever the pattern: a regular expression could take for ever on many stars. */
function matching(pattern: string): (path: string) => boolean {
  const [first, ...rest] = pattern.split('*');
  const last = rest.pop();
  return (path) => {
    if (last === undefined) return path === first;
    if (!path.startsWith(first) || !path.endsWith(last) || path.length < first.length + last.length)
      return false;
    const end = path.length - last.length;
    let at = first.length;
    for (const part of rest) {
      const found = path.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}
