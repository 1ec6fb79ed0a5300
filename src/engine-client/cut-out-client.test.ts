import { MessageChannel } from 'node:worker_threads';
import { expose } from 'comlink';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { patience, type CutOutApi, type CutOutRequest, type Result } from '../../workers/api.ts';
import { cutOutClient } from './cut-out-client.ts';
import type { WorkerLike } from './connection.ts';

const request: CutOutRequest = {
  image: new Blob(),
  hash: 'a',
  network: 'picturebook',
  points: [],
  mayDownload: false,
};
const refused: Result<never> = { ok: false, error: { code: 'nothing-to-cut-out', message: 'Nothing.' } };
