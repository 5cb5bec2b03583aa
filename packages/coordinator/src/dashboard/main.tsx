/** The presenter's page: one run, for a projector. */
import { render } from 'preact';
import { configFromLink, isConfigLink, type RunConfig } from '@gantry/shared';
import { beginLanguage } from '@gantry/shared/page';
import { App } from './app.tsx';
import { createPresenter } from './presenter.ts';
import { SharedPage } from './views/share/shared-page.tsx';

beginLanguage();
const root = document.getElementById('app');
const { hash } = window.location;
if (root !== null) {
  if (isConfigLink(hash)) render(<SharedPage config={configIn(hash)} />, root);
  else render(<App presenter={createPresenter()} />, root);
}
// Of two addresses of this page the browser loads nothing anew: the one is no token of the other's.
window.addEventListener('hashchange', () => {
  if (isConfigLink(hash) || isConfigLink(window.location.hash)) window.location.reload();
});

function configIn(link: string): RunConfig | Error {
  try {
    return configFromLink(link);
  } catch (error) {
    return error instanceof Error ? error : new TypeError(String(error));
  }
}
