/** Something that presenters' pages are told of: each such thing is a file of its own here. */
import type { PresenterMessage } from '@gantry/shared';

export interface Source {
  /** All there is so far, thinned where it can be long: for a page that has just come. */
  welcome(): readonly PresenterMessage[];
  /** What is new since the last call: for the pages that are there. Called while there is none as well. */
  tick(): readonly PresenterMessage[];
}
