/** What a session needs of the place it runs in: a browser's Web Worker, or Node. */
import type { DataManifest, ModelPlan, RunConfig } from '@gantry/shared';
import type { Chosen } from '../compute/backends.ts';
import type { BackendName, RunSource } from '../compute/types.ts';
import type { Detail } from './status.ts';

/** The part of WebSocket's interface that browsers and `ws` share. */
export interface Socket {
  binaryType: string;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: 'error', listener: (event: { readonly message?: string }) => void): void;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

export interface Platform {
  /** @param url - `ws://host:port/socket` */
  connect(url: string): Socket;
  /**
   * Why the coordinator refuses sockets, where `connect` does not tell: browsers keep that from scripts.
   *
   * @param url - `http://host:port/socket`
   * @returns null where nothing is to be learnt, as of a coordinator that is not there
   */
  whyRefused?(url: string): Promise<Detail | null>;
  /** Fetches bytes, decompressed. @throws CHUNK_UNAVAILABLE */
  fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Backends worth trying here. */
  readonly candidates: readonly BackendName[];
  /** Where microbatches get their inputs, instead of from the run's data and seed: for tests with given numbers. */
  createSource?(config: RunConfig, manifest: DataManifest | null): RunSource;
  /** What computes, instead of the fastest backend of this machine: for tests where only time and bytes count. */
  equip?(model: ModelPlan, config: RunConfig): Chosen;
}
