import { render } from 'preact';
import './style/base.css';
import './style/join.css';
import './style/book.css';
import './style/replay.css';
import { App } from './views/app.tsx';
import { kept, takeKey, takeZone } from './views/store.ts';
import { show, spoken } from './words/index.ts';

const root = document.getElementById('app');
takeKey();
takeZone(kept.read('zone'));
void show(spoken()).then(() => {
  if (!root) return;
  root.textContent = '';
  render(<App />, root);
});
