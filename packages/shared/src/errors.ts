/**
 * The registry of errors: every error that a person or a peer can meet has its code, its sentence (naming
 * the offending value and the remedy) and its consequences here, and nowhere else.
 *
 * - `exit`: exit code of the command line (2: the input was wrong; 1: something broke).
 * - `status`: HTTP status.
 * - `close`: WebSocket close code (RFC 6455 leaves 4000-4999 to applications; 44xx mirrors HTTP's 4xx).
 * - `retry`: whether a worker may try again by itself.
 */
interface ErrorKind<A extends readonly unknown[]> {
  readonly message: (...details: A) => string;
  readonly exit?: 1 | 2;
  readonly status?: number;
  readonly close?: number;
  readonly retry?: boolean;
}

const kind = <A extends readonly unknown[]>(entry: ErrorKind<A>): ErrorKind<A> => entry;
const show = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

export const errorRegistry = {
  // Input of the command line and of configurations.
  OPTION_INVALID: kind({
    message: (option: string, value: unknown, allowed: string) =>
      `Option ${option} cannot be "${show(value)}". Allowed: ${allowed}.`,
    exit: 2,
  }),
  CONFIG_FIELD_UNKNOWN: kind({
    message: (path: string, known: readonly string[]) =>
      `The configuration has no field "${path}". Fields there: ${known.join(', ')}.`,
    exit: 2,
  }),
  CONFIG_FIELD_INVALID: kind({
    message: (path: string, value: unknown, reason: string) =>
      `Configuration field ${path} cannot be "${show(value)}": ${reason}.`,
    exit: 2,
  }),
  CONFIG_SYNTAX: kind({
    message: (place: string, reason: string) => `${place} is not a Gantry configuration: ${reason}.`,
    exit: 2,
  }),
  SCENARIO_INVALID: kind({
    message: (place: string, field: string, reason: string) =>
      `Scenario ${place} is not right at ${field}: ${reason}.`,
    exit: 2,
  }),
  LAB_DIRECTORY: kind({
    message: (path: string, other: string) =>
      `${path} holds the results of another scenario, "${other}". Name another directory with --out.`,
    exit: 2,
  }),
  CELL_FAILED: kind({
    message: (folder: string, reason: string) =>
      `The cell ${folder} failed: ${reason}. Cells that are done are kept.`,
    exit: 1,
  }),
  MODEL_SHAPE: kind({
    message: (layer: string, input: readonly number[], reason: string) =>
      `Layer "${layer}" cannot take an input of shape [${input.join(', ')}]: ${reason}.`,
    exit: 2,
  }),
  MODEL_NAME_DUPLICATE: kind({
    message: (network: string, layer: string) =>
      `The ${network} has two layers named "${layer}". Give each layer a name of its own.`,
    exit: 2,
  }),
  DATA_INVALID: kind({
    message: (path: string, reason: string) => `Cannot use ${path} as data: ${reason}.`,
    exit: 2,
  }),
  RUN_DIRECTORY: kind({
    message: (path: string, reason: string) => `Cannot use ${path} as a run directory: ${reason}.`,
    exit: 2,
  }),
  SOURCE_INVALID: kind({
    message: (path: string, reason: string) => `Cannot take parameters from ${path}: ${reason}.`,
    exit: 2,
  }),
  EXPORT_LAYER: kind({
    message: (layer: string, type: string) =>
      `Layer "${layer}" of type ${type} has no equivalent among the layers of TensorFlow.js. Export with --format safetensors instead.`,
    exit: 2,
  }),
  CHECKPOINT_INVALID: kind({
    message: (path: string, reason: string) => `Checkpoint ${path} cannot be read: ${reason}.`,
    exit: 1,
  }),
  CHECKPOINT_FOREIGN: kind({
    message: (path: string, reason: string) => `Checkpoint ${path} is of another model: ${reason}.`,
    exit: 1,
  }),
  CHECKPOINTS_UNUSABLE: kind({
    message: (directory: string, reason: string) =>
      `No checkpoint in ${directory} can be gone on from. ${reason} Restore the config.json that the run began with, or begin anew in another directory with --run.`,
    exit: 1,
  }),
  CHECKPOINT_UNREADABLE: kind({
    message: (path: string, reason: string) =>
      `Checkpoint ${path} may not be read (${reason}). Make it readable, or move it away to go on from the one before.`,
    exit: 1,
  }),
  SAFETENSORS_INVALID: kind({
    message: (reason: string) => `Not a valid safetensors file: ${reason}.`,
    exit: 1,
  }),
  PORT_BUSY: kind({
    message: (host: string, port: number) =>
      `Port ${port} on ${host} is in use. Choose another with --port, or leave --port out to take the next free one.`,
    exit: 2,
  }),
  HOST_INVALID: kind({
    message: (host: string) =>
      `Cannot listen on "${host}": this machine has no such address. Allowed: an address of this machine, or 0.0.0.0 for all.`,
    exit: 2,
  }),
  URL_INVALID: kind({
    message: (url: string) =>
      `"${show(url)}" is not a coordinator's address. Expected one like http://192.168.1.20:7070, as printed by gantry start.`,
    exit: 2,
  }),
  TLS_INVALID: kind({
    message: (path: string, reason: string) => `Cannot use ${path} for https: ${reason}.`,
    exit: 2,
  }),
  BROWSER_MISSING: kind({
    message: (names: string, tried: string, variable: string) =>
      `No ${names} found (${tried}). Install it, or set ${variable} to its executable.`,
    exit: 2,
  }),

  TRAINING_DIVERGED: kind({
    message: (iteration: number, checkpoint: string | null) =>
      `Training diverged at iteration ${iteration}: its numbers are no longer finite. Lower the learning rates (--set optimizer.generator.learningRate=…) or regularise (--set loss.r1=…). ${checkpoint === null ? 'There is no checkpoint from before' : `The last checkpoint from before is ${checkpoint}`}.`,
    exit: 1,
  }),
  RUN_NOT_SAVED: kind({
    message: (path: string, reason: string, checkpoint: string | null) =>
      `The end of the run in ${path} could not be written (${reason}). ${checkpoint === null ? 'It has no checkpoint' : `Its last checkpoint is ${checkpoint}`}: make room, then train what is missing again with --resume.`,
    exit: 1,
  }),
  VERIFY_IMPOSSIBLE: kind({
    message: (reason: string) => `Nothing was verified: ${reason}`,
    exit: 1,
  }),
  SAMPLES_NOT_FINITE: kind({
    message: (found: number) =>
      `What the generator makes cannot be measured: it has numbers that are not finite (${found}). Training has diverged; take an earlier checkpoint.`,
    exit: 1,
  }),
  RUN_LOCKED: kind({
    message: (path: string, pid: number, lock: string) =>
      `The run in ${path} is being trained by process ${pid}. Stop that one first; if it is no coordinator of Gantry, delete ${lock}.`,
    exit: 2,
  }),

  // What whoever asks the web server can do wrong.
  HOST_UNKNOWN: kind({
    message: (host: string) =>
      `This coordinator does not go by the name "${show(host)}". Use its address, or start it with --allow-host NAME.`,
    status: 421,
  }),
  ORIGIN_FOREIGN: kind({
    message: (origin: string, host: string) =>
      `Pages of "${show(origin)}" may not use the coordinator that was asked for as "${show(host)}". Open the page that it serves itself. If a proxy stands in front of it, let that pass on Host as it came, and start the coordinator with --allow-host NAME.`,
    status: 403,
  }),
  NOT_FOUND: kind({
    message: (path: string) =>
      `Nothing is at "${show(path)}". The workers' page is at /, the presenter's at /present/.`,
    status: 404,
  }),
  REQUEST_INVALID: kind({
    message: (reason: string) => `A request is not HTTP as it is spoken here: ${reason}.`,
    status: 400,
  }),
  REQUEST_SLOW: kind({
    message: (headers: number, whole: number) =>
      `A request was too slow: its headers may take ${headers} s, all of it ${whole} s. Ask again, on a better line.`,
    status: 408,
  }),
  REQUESTS_TOO_MANY: kind({
    message: (what: string, most: number, seconds: number) =>
      `More than ${most} ${what} in ${seconds} s came from this address. Wait as long, then try again.`,
    status: 429,
  }),
  REPORT_FAILED: kind({
    message: (reason: string) => `The report could not be made: ${reason}.`,
    status: 409,
  }),
  CONNECTIONS_TOO_MANY: kind({
    message: (most: number, from: string) =>
      `${most} connections from ${from} are open, which is the most. Another was cut off.`,
  }),

  // What a peer on a socket can do wrong.
  MESSAGE_INVALID: kind({
    message: (reason: string) => `A control message does not fit the protocol: ${reason}.`,
    close: 4400,
    retry: false,
  }),
  MESSAGE_UNEXPECTED: kind({
    message: (type: string, state: string) => `A "${type}" message is not expected while ${state}.`,
    close: 4400,
    retry: false,
  }),
  PROTOCOL_VERSION: kind({
    message: (theirs: number, ours: number) =>
      `This worker speaks protocol ${theirs}, the coordinator ${ours}. Reload the page, or update Gantry on both machines.`,
    close: 4426,
    retry: false,
  }),
  FRAME_INVALID: kind({
    message: (field: string, found: number | string, expected: number | string) =>
      `A tensor frame's ${field} is ${found}, expected ${expected}.`,
    close: 4422,
    retry: false,
  }),
  /** `ws` closes by itself, before it tells. */
  MESSAGE_TOO_LARGE: kind({
    message: (most: number) => `A message is larger than ${most} bytes, the most that is taken.`,
    close: 1009,
    retry: false,
  }),
  /** Closed by `ws` itself, with 1002, or 1007 for text that is not UTF-8. */
  SOCKET_INVALID: kind({
    message: (reason: string) => `This connection broke the rules of WebSockets: ${reason}.`,
  }),
  UPDATE_INVALID: kind({
    message: (lease: number, reason: string) => `The update for lease ${lease} was refused: ${reason}.`,
  }),
  UPDATE_NOT_FINITE: kind({
    message: (lease: number, what: string) =>
      `The update for lease ${lease} was refused: ${what} holds a number that is not finite.`,
  }),
  JOIN_CODE_WRONG: kind({
    message: () => 'That join code is not right. It is on the screen of the presenter.',
    close: 4401,
    status: 401,
    retry: false,
  }),
  JOIN_TRIES: kind({
    message: () => 'Too many wrong join codes came from this address. Wait a minute, then try again.',
    close: 4430,
    status: 429,
    retry: false,
  }),
  PRESENTER_TOKEN_WRONG: kind({
    message: () =>
      "The presenter's page needs the full address printed by gantry start, including the part after #.",
    close: 4403,
    status: 403,
    retry: false,
  }),
  PRESENTER_TRIES: kind({
    message: () =>
      'Too many wrong presenter addresses were tried from this machine. Wait a minute, then reload the page.',
    close: 4431,
    status: 429,
    retry: false,
  }),
  PRESENTERS_FULL: kind({
    message: (most: number) =>
      `This run takes ${most} presenter's pages at most, and has as many. Close one.`,
    close: 4429,
    retry: true,
  }),
  MESSAGES_TOO_MANY: kind({
    message: (what: string, burst: number, perSecond: number) =>
      `Too many ${what}: ${burst} at once and ${perSecond} a second are the most that nobody asked for.`,
    close: 4432,
    retry: true,
  }),
  WORKERS_FULL: kind({
    message: (most: number) => `This run takes ${most} workers at most, and has as many.`,
    close: 4429,
    retry: true,
  }),
  REPLACED: kind({
    message: () => 'The same worker connected again elsewhere; this connection gives way.',
    close: 4409,
    retry: false,
  }),
  JOIN_TIMEOUT: kind({
    message: (seconds: number) => `No hello within ${seconds} s of connecting.`,
    close: 4408,
    retry: true,
  }),
  PEER_SILENT: kind({
    message: (seconds: number) => `Nothing heard for ${seconds} s.`,
    close: 4408,
    retry: true,
  }),
  PEER_NOT_READING: kind({
    message: (bytes: number) => `${bytes} bytes wait to be sent to this peer, which does not read them.`,
    close: 4408,
    retry: true,
  }),
  PUT_ASIDE: kind({
    message: (reason: string) => `This worker is put aside, and tests its machine anew. ${reason}`,
    close: 4460,
    retry: true,
  }),
  PARDON_NEEDLESS: kind({
    message: (worker: number) => `Worker ${worker} cannot be pardoned: it is not quarantined.`,
    status: 409,
  }),
  JOINING_LOCKED: kind({
    message: () =>
      'The presenter lets nobody else in at the moment. Ask, and wait: this page tries again by itself.',
    close: 4423,
    retry: true,
  }),
  REMOVED: kind({
    message: () => 'The presenter has removed this worker from the run.',
    close: 4410,
    retry: false,
  }),
  WORKER_UNKNOWN: kind({
    message: (worker: number) => `No worker is number ${worker}, or not any more.`,
    status: 404,
  }),
  FAULT_IMPOSSIBLE: kind({
    message: (worker: number, reason: string) => `Worker ${worker} cannot play a fault: ${reason}.`,
    status: 409,
  }),
  CONTROL_IMPOSSIBLE: kind({
    message: (what: string, reason: string) => `${what} is not possible now: ${reason}.`,
    status: 409,
  }),
  COORDINATOR_CLOSING: kind({
    message: () => 'The coordinator is closing.',
    close: 4503,
    retry: true,
  }),
  RUN_FINISHED: kind({
    message: () => 'The run is finished.',
    close: 4200,
    retry: false,
  }),

  // What a worker plays where the presenter asks for it.
  FAULT_SWITCH_OFF: kind({
    message: (seconds: number) =>
      `The presenter switched this worker off to show what happens. It comes back after ${seconds} s.`,
  }),
  FAULT_FREEZE: kind({
    message: (seconds: number) => `The presenter froze this worker for ${seconds} s to show what happens.`,
  }),
  FAULT_SLOW: kind({
    message: (factor: number) =>
      `The presenter made this worker ${factor} times slower to show what happens.`,
  }),
  FAULT_CORRUPT: kind({
    message: () =>
      'The presenter makes this worker send wrong gradients, with their signs turned, to show what happens.',
  }),

  // What a worker meets by itself.
  KNOWN_ANSWER_WRONG: kind({
    message: (backend: string, error: number) =>
      `Backend ${backend} computes a known gradient with a relative error of ${error.toPrecision(2)}: too coarse to train.`,
  }),
  CONTEXT_LOST: kind({
    message: () => 'The graphics processor was reset; this machine is tested again.',
  }),
  CONNECTION_LOST: kind({
    message: () => 'The connection was lost; trying again.',
  }),
  MACHINE_SLEPT: kind({
    message: (seconds: number) => `This machine slept for ${seconds} s; joining again.`,
  }),
  COMPUTE_BROKEN: kind({
    message: (reason: string) =>
      `The part of this page that computes does not run in this browser: ${reason}. Try another browser, or update this one.`,
  }),
  NO_BACKEND: kind({
    message: (tried: string) => `No way to compute works in this browser (${tried}).`,
    exit: 1,
  }),
  CHUNK_UNAVAILABLE: kind({
    message: (url: string, reason: string) => `The data at ${url} did not arrive: ${reason}.`,
    status: 404,
  }),
  COORDINATOR_UNREACHABLE: kind({
    message: (url: string, reason: string) =>
      `No coordinator answers at ${url} (${reason}). Is gantry start running there, and the network the same?`,
    exit: 1,
  }),
  CERTIFICATE_UNTRUSTED: kind({
    message: (url: string, reason: string) =>
      `The certificate of ${url} is not trusted here (${reason}). Give the fingerprint that gantry start prints, with --fingerprint.`,
    exit: 1,
  }),
  CERTIFICATE_WRONG: kind({
    message: (found: string, expected: string) =>
      `The coordinator's certificate has the fingerprint ${found}, not ${expected}. Is the address right? Compare with what gantry start prints.`,
    exit: 1,
  }),
  INTERNAL: kind({
    message: (what: string) => `This should not happen: ${what}. Please report it.`,
    exit: 1,
    close: 4500,
    status: 500,
    retry: true,
  }),
} as const;

export type ErrorCode = keyof typeof errorRegistry;
type Details<C extends ErrorCode> = Parameters<(typeof errorRegistry)[C]['message']>;

/** An error of the registry: `code` is stable, `message` is for people. */
export class GantryError extends Error {
  override readonly name = 'GantryError';
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
  get entry(): { exit?: 1 | 2; status?: number; close?: number; retry?: boolean } {
    return errorRegistry[this.code];
  }
}

/** Makes (does not throw) the error `code` with its details, in the order of the registry's sentence. */
export function gantryError<C extends ErrorCode>(code: C, ...details: Details<C>): GantryError {
  const message = errorRegistry[code].message as (...all: Details<C>) => string;
  return new GantryError(code, message(...details));
}

/** The text of anything that was thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
