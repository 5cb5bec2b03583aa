/** The presenter's page: one run, for a projector. */
import { render } from 'preact';
import { beginLanguage } from '@gantry/shared/page';
import { App } from './app.tsx';
import { createPresenter } from './presenter.ts';

beginLanguage();
const root = document.getElementById('app');
if (root !== null) render(<App presenter={createPresenter()} />, root);
