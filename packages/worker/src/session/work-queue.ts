/** What a session has to do, one after another: tests, leases, sheets. */

export class WorkQueue {
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  /** Of the work of this queue, how much has not begun. */
  #count = { waiting: 0 };

  /** @param failed - told what work was rejected with; what follows goes on */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Nothing waits for what is under way. */
  get empty(): boolean {
    return this.#count.waiting === 0;
  }

  add(work: () => Promise<void>): void {
    const count = this.#count;
    count.waiting += 1;
    const begin = (): Promise<void> => {
      count.waiting -= 1;
      return work();
    };
    this.#last = this.#last.then(begin).catch(this.#failed);
  }

  /** What is under way will never end: neither it nor what waits for it is waited for. */
  abandon(): void {
    this.#last = Promise.resolve();
    this.#count = { waiting: 0 };
  }
}
