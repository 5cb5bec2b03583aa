/** Figures that a test found, for whoever writes them down: a line of JSON on standard output. */
export const tell = (what: string, figures: object): void =>
  void process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`);
