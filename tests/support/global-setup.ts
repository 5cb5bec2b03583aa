/**
 * Runs once, before any test: finds the browsers, or installs them, and builds the pages that coordinators serve,
 * while no test's clock is running. Tests ask for them by `inject('browserPath')`, `inject('firefoxPath')` and
 * `inject('pages')`.
 */
import type { TestProject } from 'vitest/node';
import { buildPages, type BuiltPages } from '../../packages/coordinator/src/pages/build.ts';
import { findBrowser, firefoxKind } from './find-browser.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    browserPath: string;
    firefoxPath: string;
    pages: BuiltPages;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('browserPath', await findBrowser());
  project.provide('firefoxPath', await findBrowser(firefoxKind));
  project.provide('pages', await buildPages());
}
