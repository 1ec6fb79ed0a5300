/** As workers/testing/outside/write-graphs.ts, the graphs of the metrics: `npx tsx bench/dreambench/write-graphs.ts FOLDER`. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

import { referenceData } from '../../workers/testing/reference/folder-files.ts';
import { GraphRecorder } from '../../workers/testing/outside/graph-recorder.ts';
import { nodeBackend } from '../../workers/testing/gpu/node-backend.ts';
import { openEncoders } from './encoders.ts';

setFlagsFromString('--liftoff-only');

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new RangeError('Name a folder for the graphs.');
const recorder = new GraphRecorder(folder);
await recorder.begin();
recorder.current = 'metrics';

const place = (name: string): string => join(referenceData, 'metric-encoders', name);
const { dino, clipPicture, clipText } = await openEncoders(await nodeBackend('wasm'), place('dino'), place('clip'));
const edge = 32;
const data = Uint8ClampedArray.from({ length: 4 * edge * edge }, (_, index) => (index * index) % 256);
const picture = { width: edge, height: edge, data };
await dino(picture);
await clipPicture(picture);
await clipText('a dog on the beach');
console.log(`${recorder.count} graphs of metrics are written.`);
