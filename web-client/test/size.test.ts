import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import test from 'node:test';

test('every page keeps its budget', { skip: !existsSync('dist/index.html') && 'dist is not built' }, () => {
  const said = execFileSync('node', ['build/size.mjs'], { encoding: 'utf8' });
  console.log(said);
  assert.equal(said.trim().split('\n').length, 5);
});
