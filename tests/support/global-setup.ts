/**
 * Runs once, before any test: finds the browser, or installs it, while no test's clock is running.
 * Tests ask for it by `inject('browserPath')`.
 */
import type { TestProject } from 'vitest/node';
import { findBrowser } from './browser.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    browserPath: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('browserPath', await findBrowser());
}
