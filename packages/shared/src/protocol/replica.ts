/**
 * The payloads that keep replicas equal to the coordinator's. A replica is, for each network, its flat
 * parameters and its flat running statistics.
 *
 *   snapshot   discriminator parameters · running, generator parameters · running   (all float32)
 *   delta      what moves of the changed network: parameters in the frame's codec · running float32
 *              (in float32 their values, in other codecs their difference to the replica before)
 *   ema        the generator's moving average float32 · running float32, for evaluation only
 *   discriminator   its parameters float32 · running float32, for evaluation only
 *
 * What is frozen never changes, so it travels with snapshots only. Both vectors of a network begin with what moves.
 */
import { checksum32 } from '../checksum.ts';
import type { Codec } from '../codec/codec.ts';
import { createCodec } from '../codec/create.ts';
import { phaseNames, type PhaseName } from '../config.ts';
import { gantryError } from '../errors.ts';
import type { ModelPlan } from '../model/plan.ts';
import type { NetworkPlan } from '../model/plan.ts';
import type { Address } from '../random/philox.ts';
import { floatsAt, headerBytes, newFrame, sealFrame, type Frame, type FrameHeader } from './frame.ts';

export interface NetworkState {
  /** float32 [parameterCount] */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** float32 [runningLength] */
  readonly running: Float32Array<ArrayBuffer>;
}
export type Replica = Readonly<Record<PhaseName, NetworkState>>;

export const stateChecksum = (state: NetworkState): number =>
  checksum32(state.running, checksum32(state.parameters));

export const replicaChecksum = (replica: Replica): number =>
  phaseNames.reduce(
    (seed, name) => checksum32(replica[name].running, checksum32(replica[name].parameters, seed)),
    0,
  );

export function emptyReplica(model: ModelPlan): Replica {
  const state = (name: PhaseName): NetworkState => ({
    parameters: new Float32Array(model[name].parameterCount),
    running: new Float32Array(model[name].runningLength),
  });
  return { discriminator: state('discriminator'), generator: state('generator') };
}

/** The part of a network's state that steps change, as views: all of it where nothing is frozen. */
export function movingPart(plan: NetworkPlan, state: NetworkState): NetworkState {
  const running = plan.batchNorms.reduce(
    (length, { channels, trainable }) => length + (trainable ? 2 * channels : 0),
    0,
  );
  return {
    parameters: state.parameters.subarray(0, plan.trainableCount),
    running: state.running.subarray(0, running),
  };
}

type NetworkFrameKind = 'delta' | 'ema' | 'discriminator';

/** What a frame of this kind carries of a network's state. */
const carried = (kind: NetworkFrameKind, plan: NetworkPlan, state: NetworkState): NetworkState =>
  kind === 'delta' ? movingPart(plan, state) : state;

const lengthOf = (state: NetworkState): number => state.parameters.length + state.running.length;

function write(state: NetworkState, payload: Uint8Array<ArrayBuffer>, byteOffset: number): void {
  floatsAt(payload, byteOffset, state.parameters.length).set(state.parameters);
  floatsAt(payload, byteOffset + 4 * state.parameters.length, state.running.length).set(state.running);
}

function read(state: NetworkState, payload: Uint8Array<ArrayBuffer>, byteOffset: number): void {
  state.parameters.set(floatsAt(payload, byteOffset, state.parameters.length));
  state.running.set(floatsAt(payload, byteOffset + 4 * state.parameters.length, state.running.length));
}

const float32 = createCodec('float32', { topkShare: 1 });

type Place = Pick<FrameHeader, 'incarnation' | 'version'>;

export function snapshotFrame(replica: Replica, place: Place): Uint8Array<ArrayBuffer> {
  const bytes = 4 * (lengthOf(replica.discriminator) + lengthOf(replica.generator));
  const frame = newFrame(
    {
      ...place,
      kind: 'snapshot',
      codec: 'float32',
      lease: 0,
      phase: 'discriminator',
      count: 0,
      replica: replicaChecksum(replica),
    },
    bytes,
  );
  const payload = frame.subarray(headerBytes);
  write(replica.discriminator, payload, 0);
  write(replica.generator, payload, 4 * lengthOf(replica.discriminator));
  return sealFrame(frame);
}

export function networkFrame(
  kind: NetworkFrameKind,
  phase: PhaseName,
  plan: NetworkPlan,
  state: NetworkState,
  place: Place & { lease: number },
): Uint8Array<ArrayBuffer> {
  const part = carried(kind, plan, state);
  const frame = newFrame(
    { ...place, kind, codec: 'float32', phase, count: 0, replica: stateChecksum(state) },
    4 * lengthOf(part),
  );
  write(part, frame.subarray(headerBytes), 0);
  return sealFrame(frame);
}

/**
 * A delta in a codec that loses something. What is lost stays in the difference between master and replica, and is
 * carried to the next one by itself.
 *
 * @param master - as the replica should be, float32 [trainableCount]
 * @param replica - the part of it that moves is brought as near as the codec comes
 * @param difference - float32 [trainableCount], written
 * @param rounding - address of random numbers
 */
export function differenceFrame(
  phase: PhaseName,
  plan: NetworkPlan,
  codec: Codec,
  master: Float32Array,
  replica: NetworkState,
  difference: Float32Array<ArrayBuffer>,
  place: Place & Pick<FrameHeader, 'base'>,
  rounding: Address,
): Uint8Array<ArrayBuffer> {
  const { parameters, running } = movingPart(plan, replica);
  for (let i = 0; i < difference.length; i++) difference[i] = master[i] - parameters[i];
  const bytes = codec.bytes(difference.length);
  const encoded = new Uint8Array(bytes);
  codec.encode(difference, encoded, rounding);
  codec.addTo(encoded, parameters);
  const frame = newFrame(
    {
      ...place,
      kind: 'delta',
      codec: codec.name,
      lease: 0,
      phase,
      count: 0,
      replica: stateChecksum(replica),
    },
    bytes + 4 * running.length,
  );
  const payload = frame.subarray(headerBytes);
  payload.set(encoded);
  floatsAt(payload, bytes, running.length).set(running);
  return sealFrame(frame);
}

function expectLength(payload: Uint8Array, expected: number): void {
  if (payload.length !== expected) {
    throw gantryError('FRAME_INVALID', 'payload length', payload.length, expected);
  }
}

/**
 * Applies a snapshot. Returns whether the replica has the coordinator's checksum afterwards.
 *
 * @throws FRAME_INVALID for a codec or a length that no snapshot of this model has
 */
export function applySnapshot(replica: Replica, frame: Frame): boolean {
  const { codec } = frame.header;
  if (codec !== 'float32') throw gantryError('FRAME_INVALID', 'codec', codec, 'float32');
  expectLength(frame.payload, 4 * (lengthOf(replica.discriminator) + lengthOf(replica.generator)));
  read(replica.discriminator, frame.payload, 0);
  read(replica.generator, frame.payload, 4 * lengthOf(replica.discriminator));
  return replicaChecksum(replica) === frame.header.replica;
}

/**
 * Applies a delta, EMA or discriminator. Returns whether the state, what is frozen included, has the coordinator's checksum
 * afterwards.
 *
 * @param down - the run's codec of deltas; values in float32 are understood always
 * @throws FRAME_INVALID for another codec, or a payload of another length, such as the other network's
 */
export function applyNetwork(
  plan: NetworkPlan,
  state: NetworkState,
  frame: Frame,
  down: Codec = float32,
): boolean {
  const { kind, codec } = frame.header;
  const part = carried(kind === 'delta' ? 'delta' : 'ema', plan, state);
  const values = codec === 'float32';
  if (!values && codec !== down.name) throw gantryError('FRAME_INVALID', 'codec', codec, down.name);
  const bytes = values ? 4 * part.parameters.length : down.bytes(part.parameters.length);
  expectLength(frame.payload, bytes + 4 * part.running.length);
  if (values) {
    read(part, frame.payload, 0);
  } else {
    down.addTo(frame.payload.subarray(0, bytes), part.parameters);
    part.running.set(floatsAt(frame.payload, bytes, part.running.length));
  }
  return stateChecksum(state) === frame.header.replica;
}
