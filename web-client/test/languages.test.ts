import assert from 'node:assert/strict';
import test from 'node:test';
import { pairName } from '../src/protocol/languages.ts';

test('a pair of languages is called by both, and a signed one as we call it', () => {
  assert.equal(pairName('bo-zh', 'zh', '中国手语'), '藏语–中文');
  assert.equal(pairName('ug-zh', 'en', 'Chinese Sign Language'), 'Uyghur–Chinese');
  assert.equal(pairName('csl-zh', 'en', 'Chinese Sign Language'), 'Chinese Sign Language–Chinese');
  assert.equal(pairName('qaa-zh', 'zh', '中国手语'), 'qaa–中文');
});
