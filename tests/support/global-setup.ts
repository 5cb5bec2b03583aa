/**
 * Runs once, before any test: finds the browser, or installs it, and builds the pages that coordinators serve,
 * while no test's clock is running. Tests ask for the browser by `inject('browserPath')`.
 */
import type { TestProject } from 'vitest/node';
import { buildPages } from '../../packages/coordinator/src/pages/build.ts';
import { findBrowser } from './browser.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    browserPath: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('browserPath', await findBrowser());
  await buildPages();
}
