import { startApp } from './app';
import { loadConfig } from './config';
import { h } from './dom';
import { words } from './words';

const root = document.getElementById('app');
if (root) {
  loadConfig().then(
    (config) => startApp(root, config),
    () =>
      root.replaceChildren(h('main', { class: 'page narrow' }, h('p', { role: 'alert' }, words.signIn.notConfigured))),
  );
}
