/** What a person sees while rows are measured: one line that is written over, on a terminal. */

export class Progress {
  readonly #output: NodeJS.WriteStream;
  #shown = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  /** Begins a row. Where the output is a file or a pipe, this is all that is said of it before its result. */
  begin(title: string): void {
    const began = performance.now();
    let text = '';
    const show = (): void =>
      this.#show(`${title} · ${Math.round((performance.now() - began) / 1000)} s ${text}`);
    if (!this.#output.isTTY) this.#output.write(`${title} …\n`);
    this.#timer = setInterval(show, 1000);
    this.#update = (now) => {
      text = `· ${now}`;
      show();
    };
  }

  update(text: string): void {
    this.#update(text);
  }
  #update: (text: string) => void = () => undefined;

  end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#show('');
  }

  #show(text: string): void {
    if (!this.#output.isTTY) return;
    const line = text.slice(0, this.#output.columns - 1);
    this.#output.write(`\r${line.padEnd(this.#shown.length)}\r${line}`);
    this.#shown = line;
  }
}
