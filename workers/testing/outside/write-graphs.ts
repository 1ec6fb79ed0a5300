/**
 * Writes every portable graph that the product and its checks make, on the tiny reference networks, with what went in and
 * what came out on ONNX Runtime, for check_graphs.py: `npx tsx workers/testing/outside/write-graphs.ts FOLDER`.
 */
import { setFlagsFromString } from 'node:v8';

import { GraphRecorder } from './graph-recorder.ts';
import { writeCutOut, writeProjectors, writeSmallGraphs, writeTinyAutoencoders } from './graphs-beside.ts';
import { inpaintingFiles, writeCheckpoint, writeVariant } from './graphs-of-checkpoints.ts';
import { writeLook, writeLookVariant } from './graphs-of-looks.ts';
import { adapterKinds } from '../reference/look-files.ts';
import { unetVariants } from '../reference/reference-unet.ts';

// Optimizing the runtime takes longer than what is computed with it.
setFlagsFromString('--liftoff-only');

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new RangeError('Name a folder for the graphs.');
const recorder = new GraphRecorder(folder);

await recorder.begin();
await writeCheckpoint(recorder, 'sd15');
await writeCheckpoint(recorder, 'sd15', { plan: { branches: 'one-by-one', vaeTile: 4, keepEncoders: false } });
await writeCheckpoint(recorder, 'v-prediction');
await writeCheckpoint(recorder, 'half');
await writeCheckpoint(recorder, 'sd15', { changed: await inpaintingFiles() });
for (const name of unetVariants) await writeVariant(recorder, name);
for (const kind of adapterKinds) await writeLook(recorder, kind);
for (const name of ['lists', 'no-middle'] as const) await writeLookVariant(recorder, name);
await writeProjectors(recorder);
await writeSmallGraphs(recorder);
await writeTinyAutoencoders(recorder);
await writeCutOut(recorder);
console.log(`${recorder.count} graphs are written.`);
