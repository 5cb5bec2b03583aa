/**
 * Just enough of WebAssembly's binary format to write loops in (https://webassembly.github.io/spec/core/binary/). Code is
 * bytes for a stack machine: an expression is the bytes of its operands, then of its operation, so expressions nest as
 * calls do.
 */

export type Code = readonly number[];
export type Type = 'i32' | 'f32' | 'f64' | 'v128';
/** A local variable, parameters first. */
export type Local = number;

const typeCodes: Readonly<Record<Type, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

/** LEB128, signed. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const last = (value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

const operation =
  (...opcode: number[]) =>
  (...operands: Code[]): Code => [...operands.flat(), ...opcode];
const vector = (opcode: number) => operation(0xfd, ...unsigned(opcode));
/** Reads at an address, `offset` bytes further. No alignment is promised. */
const load =
  (...opcode: number[]) =>
  (address: Code, offset = 0): Code => [...address, ...opcode, 0, ...unsigned(offset)];
const store =
  (...opcode: number[]) =>
  (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...opcode, 0, ...unsigned(offset)];

export const get = (local: Local): Code => [0x20, ...unsigned(local)];
export const set = (local: Local, value: Code): Code => [...value, 0x21, ...unsigned(local)];

export const i32 = {
  of: (value: number): Code => [0x41, ...signed(value)],
  add: operation(0x6a),
  mul: operation(0x6c),
  and: operation(0x71),
  less: operation(0x49),
  load: load(0x28),
};
/** One number in single precision. */
export const f32 = {
  load: load(0x2a),
  store: store(0x38),
  mul: operation(0x94),
  /** a where the condition, the third operand, holds; else b */
  choose: operation(0x1b),
  above: operation(0x5e),
  zero: [0x43, 0, 0, 0, 0] as Code,
};
/** Four of them. */
export const f32x4 = {
  load: load(0xfd, 0),
  store: store(0xfd, 11),
  /** One number from memory, in all four places. */
  loadSame: load(0xfd, 9),
  same: vector(0x13),
  add: vector(0xe4),
  mul: vector(0xe6),
  above: vector(0x44),
  choose: vector(0x52),
  zero: [0xfd, 12, ...Array.from({ length: 16 }, () => 0)] as Code,
};
/** One number, in memory of single, here of double precision. */
export const f64 = {
  load: load(0x2b),
  store: store(0x39),
  widen: (address: Code, offset = 0): Code => [...f32.load(address, offset), 0xbb],
  narrow: (address: Code, value: Code, offset = 0): Code => f32.store(address, [...value, 0xb6], offset),
  add: operation(0xa0),
  sub: operation(0xa1),
  mul: operation(0xa2),
};
/** Two of them. */
export const f64x2 = {
  load: f32x4.load,
  store: f32x4.store,
  widen: (address: Code, offset = 0): Code => [...load(0xfd, 0x5d)(address, offset), 0xfd, 0x5f],
  narrow: (address: Code, value: Code, offset = 0): Code => [
    ...store(0xfd, 0x5b)(address, [...value, 0xfd, 0x5e], offset),
    0, // the lower half
  ],
  add: vector(0xf0),
  sub: vector(0xf1),
  mul: vector(0xf2),
};

/** local ← local + value */
export const advance = (local: Local, by: Code): Code => set(local, i32.add(get(local), by));

/** Repeats `body` while `local`, which it advances by `step`, is below `end`. */
export const until = (local: Local, end: Code, step: Code, ...body: Code[]): Code => {
  const goesOn = i32.less(get(local), end);
  const inner = [...body.flat(), ...advance(local, step), ...goesOn];
  // if (goes on) do … while (goes on)
  return [...goesOn, 0x04, 0x40, 0x03, 0x40, ...inner, 0x0d, 0, 0x0b, 0x0b];
};

export interface Function {
  readonly parameters: readonly Type[];
  readonly locals: readonly Type[];
  readonly body: Code;
}

/**
 * A function without a result.
 *
 * @param write - given its parameters and a way to have more locals, gives its code
 */
export function define(
  parameters: readonly Type[],
  write: (parameters: readonly Local[], local: (type: Type) => Local) => readonly Code[],
): Function {
  const locals: Type[] = [];
  const local = (type: Type): Local => parameters.length + locals.push(type) - 1;
  const body = write(
    parameters.map((_, index) => index),
    local,
  ).flat();
  return { parameters, locals, body };
}

const list = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): number[] => [id, ...unsigned(content.length), ...content];
const text = (characters: string): number[] => list(Array.from(characters, (c) => [c.charCodeAt(0)]));

/** \0asm, 1 */
const magicAndVersion: Code = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** The bytes of a module that exports `functions` and imports `env.memory`. */
export function assemble(functions: Readonly<Record<string, Function>>): Uint8Array<ArrayBuffer> {
  const all = Object.entries(functions);
  const types = all.map(([, { parameters }]) => [0x60, ...list(parameters.map((t) => [typeCodes[t]])), 0]);
  const memory = [...text('env'), ...text('memory'), 2, 0, 0];
  const names = all.map(([name], index) => [...text(name), 0, ...unsigned(index)]);
  const bodies = all.map(([, { locals, body }]) => {
    const code = [...list(locals.map((type) => [1, typeCodes[type]])), ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...magicAndVersion,
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(all.map((_, index) => unsigned(index)))),
    ...section(7, list(names)),
    ...section(10, list(bodies)),
  ]);
}
