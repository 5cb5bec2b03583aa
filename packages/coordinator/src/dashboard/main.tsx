/** The presenter's page: one run, for a projector. */
import { render } from 'preact';
import { App } from './app.tsx';
import { createPresenter } from './presenter.ts';

const root = document.getElementById('app');
if (root !== null) render(<App presenter={createPresenter()} />, root);
