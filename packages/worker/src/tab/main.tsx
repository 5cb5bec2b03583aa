/** The page of a worker: a browser tab that takes part in a run. */
import { render } from 'preact';
import { beginLanguage } from '@gantry/shared/page';
import { App } from './app.tsx';
import { createTab } from './tab.ts';

beginLanguage();
const root = document.getElementById('app');
if (root !== null) render(<App tab={createTab()} />, root);
