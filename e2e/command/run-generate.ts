import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

import UPNG from 'upng-js';

/** How the unattended command ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command builds the site, and opens a page for each set of add-ons: minutes on a busy machine. */
export const longEnough = 1_200_000;

async function decoded(file: string): Promise<UPNG.Image> {
  return UPNG.decode(new Uint8Array(await readFile(file)).buffer);
}

export async function pixels(file: string): Promise<Uint8Array> {
  const [first = new ArrayBuffer()] = UPNG.toRGBA8(await decoded(file));
  return new Uint8Array(first);
}

export async function parameters(file: string): Promise<string> {
  return (await decoded(file)).tabs.iTXt?.['parameters'] ?? '';
}

/** Runs the unattended command. */
export function run(...parameters: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'e2e/command/generate.ts', ...parameters],
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
