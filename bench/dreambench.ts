/**
 * DreamBench (Ruiz et al. 2023): how much of a subject and of a caption the product's pictures show, by method. The
 * pictures come from the unattended command; DINO, CLIP-I and CLIP-T are computed here. What is there is not made again.
 *
 * npm run dreambench -- --data dreambooth/dataset --out results --model owner/name [--subset 5x5x1]
 *   [--methods none,pseudo-word,look,look-bound,look-detail] [--dino facebook/dino-vits16] [--clip openai/clip-vit-base-patch32]
 *   [--seed 0] [-- flags of `npm run generate` for every picture, e.g. --steps 25 --look file]
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { printTable } from '../e2e/support/table.ts';
import { nodeBackend } from '../workers/testing/gpu/node-backend.ts';
import { readArguments } from './dreambench/arguments.ts';
import { PictureBrowser } from './dreambench/browser-pictures.ts';
import { contactSheet } from './dreambench/contact-sheet.ts';
import { openEncoders } from './dreambench/encoders.ts';
import { keepSettings, missingOf } from './dreambench/kept-settings.ts';
import { jobOf, planPictures, type PlannedPicture } from './dreambench/plan.ts';
import { reportRows, type Scored } from './dreambench/report.ts';
import { embedPhotos, realScores, ScoreKeeper, scorePicture } from './dreambench/score-pictures.ts';

type Arguments = ReturnType<typeof readArguments>;

/** Runs the unattended command over these pictures. @returns whether all were made */
async function makePictures({ data, out, flags }: Arguments, pictures: readonly PlannedPicture[]): Promise<boolean> {
  for (const { file } of pictures) await mkdir(dirname(file), { recursive: true });
  const jobs = join(out, 'jobs.jsonl');
  await writeFile(jobs, pictures.map((picture) => jobOf(data, picture)).join('\n'));
  const command = ['tsx', 'e2e/command/generate.ts', '--jobs', jobs, ...flags];
  const child = spawn('npx', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    await appendFile(join(out, 'runs.jsonl'), `${line}\n`);
  }
  return new Promise((done) => {
    child.once('close', (code) => {
      done(code === 0);
    });
  });
}

async function score(
  { data, out, dino, clip }: Arguments,
  pictures: readonly PlannedPicture[],
): Promise<readonly Scored[]> {
  const encoders = await openEncoders(await nodeBackend('wasm'), dino, clip);
  const keeper = await ScoreKeeper.open(join(out, 'scores.json'), `${dino} ${clip}`);
  const browser = await PictureBrowser.open();
  const scored: Scored[] = [];
  try {
    for (const name of new Set(pictures.map(({ subject }) => subject.name))) {
      const ofSubject = pictures.filter(({ subject }) => subject.name === name);
      const [first] = ofSubject;
      if (first === undefined) continue;
      const photos = await embedPhotos(data, first.subject, encoders, browser);
      scored.push({ subject: name, method: 'real against real', scores: { ...realScores(photos), clipT: null } });
      for (const picture of ofSubject) {
        const known = keeper.get(picture.file) ?? (await scorePicture(picture, photos, encoders, browser));
        await keeper.set(picture.file, known);
        scored.push({ subject: name, method: picture.method, scores: known });
      }
    }
    const html = join(out, 'contact-sheet.html');
    await writeFile(html, contactSheet(data, pictures, html));
    await browser.draw(html, join(out, 'contact-sheet.png'));
  } finally {
    await browser.close();
  }
  return scored;
}

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2));
  const { data, out, flags } = given;
  const plan = planPictures(given);
  await keepSettings(out, { data, flags });
  const missing = missingOf(plan);
  console.log(`${plan.length} pictures, ${plan.length - missing.length} of them are there.`);
  const areAllMade = missing.length === 0 || (await makePictures(given, missing));
  const there = plan.filter(({ file }) => existsSync(file));
  const scored = await score(given, there);
  const seconds = existsSync(join(out, 'runs.jsonl')) ? await readFile(join(out, 'runs.jsonl'), 'utf8') : '';
  const { head, rows } = reportRows(scored, seconds);
  printTable(head, rows);
  console.log(
    `CLIP is ${given.clip}, DINO ${given.dino}; figures of other encoders do not compare. The first photo of each subject is pinned.`,
  );
  return areAllMade ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  },
);
