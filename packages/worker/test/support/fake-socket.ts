import type { Socket } from '../../src/session/platform.ts';

/** A socket whose other end is the test. */
export class FakeSocket implements Socket {
  binaryType = '';
  readonly url: string;
  readonly sent: unknown[] = [];
  readonly #listeners: Record<string, ((event: never) => void)[]> = {};
  constructor(url: string) {
    this.url = url;
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    (this.#listeners[type] ??= []).push(listener);
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {}
  happen(type: string, event: object = {}): void {
    for (const listener of this.#listeners[type] ?? []) listener(event as never);
  }
}
