/** Element by element: four numbers at a time, then one by one what is left. */
import { define, f32, f32x4, get, i32, set, until, type Code, type Function } from './assembler.ts';

/** Operations on four numbers or on one, by the same names. */
type Lanes = typeof f32 | typeof f32x4;

/**
 * Parameters: addresses of inputs and of the output, bytes of each, a number.
 *
 * @param of - an output, of as many inputs and the number
 */
const elementwise = (
  inputs: number,
  of: (lanes: Lanes, x: readonly Code[], number: Code) => Code,
): Function =>
  define([...Array.from({ length: inputs + 2 }, () => 'i32' as const), 'f32'], (parameters, local) => {
    const at = local('i32');
    const four = local('v128');
    const [out, bytes, number] = parameters.slice(inputs);
    const address = (array: number): Code => i32.add(get(array), get(at));
    const body = (lanes: Lanes, value: Code): Code => {
      const x = parameters.slice(0, inputs).map((input) => lanes.load(address(input)));
      return lanes.store(address(out), of(lanes, x, value));
    };
    return [
      set(four, f32x4.same(get(number))),
      until(at, i32.and(get(bytes), i32.of(-16)), i32.of(16), body(f32x4, get(four))),
      until(at, get(bytes), i32.of(4), body(f32, get(number))),
    ];
  });

export const elementwiseFunctions = {
  /** x, times α where y is not above 0 */
  timesSlope: elementwise(2, (lanes, [x, y], alpha) =>
    lanes.choose(x, lanes.mul(x, alpha), lanes.above(y, lanes.zero)),
  ),
};
