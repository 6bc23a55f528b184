import assert from 'node:assert/strict';
import test from 'node:test';
import { pairName } from '../src/protocol/languages.ts';

const none = (): null => null;

test('a pair of languages is called by both, and a signed one as we call it', () => {
  assert.equal(pairName('bo-zh', 'zh', none), '藏语–中文');
  assert.equal(pairName('ug-zh', 'en', none), 'Uyghur–Chinese');
  assert.equal(pairName('csl-zh', 'en', (code) => (code === 'csl' ? 'Chinese Sign Language' : null)), 'Chinese Sign Language–Chinese');
  assert.equal(pairName('qaa-zh', 'zh', none), 'qaa–中文');
});
