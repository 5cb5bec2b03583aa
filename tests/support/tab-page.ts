/** What a tab says of itself, whichever browser it is open in. */

/** The part of a page that drivers of browsers share. */
interface AnyPage {
  evaluate<T>(ask: () => T): Promise<T>;
}

export type TabStatus = Readonly<Record<string, string | undefined>>;

/** The data attributes of its root. */
export const statusOf = (page: AnyPage): Promise<TabStatus> =>
  page.evaluate(() => Object.fromEntries(Object.entries(document.documentElement.dataset)));
