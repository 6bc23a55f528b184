// Writes a brotli and a gzip copy next to every text file of dist, so that the server never compresses at run time
// (browsers take brotli over https only; a county network without it gets gzip),
// and the bodies of the line check: bytes that no proxy on the way can squeeze.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const text = /\.(html|js|css|svg|json|webmanifest|txt)$/;

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

/** Seeded noise: the same bytes in every build. */
function noise(length) {
  const out = Buffer.alloc(length);
  let state = 0x9e3779b9;
  for (let i = 0; i < length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    out[i] = state & 0xff;
  }
  return out;
}

writeFileSync(join(dist, 'line-check.bin'), noise(64 * 1024));
writeFileSync(join(dist, 'line-check-small.bin'), noise(8 * 1024));
for (const path of files(dist).filter((name) => text.test(name))) {
  const plain = readFileSync(path);
  const options = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  writeFileSync(`${path}.br`, brotliCompressSync(plain, { params: options }));
  writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
}
