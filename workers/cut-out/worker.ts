// Before every module that makes a schema.
import '../zod-config.ts';
import { expose } from 'comlink';

import type { CutOutApi } from '../api.ts';
import { asResult } from '../as-result.ts';
import { decodeSubjectImage } from '../images/decode-image.ts';
import type { Mask } from '../images/cut-out.ts';
import { once } from '../once.ts';
import { loadOnnxRuntime } from '../runtime/onnx-runtime.ts';
import { openHub } from '../weights/sources/hub-source.ts';
import { openUrl } from '../weights/sources/url-source.ts';
import { openModelStorage } from '../weights/store/open-model-storage.ts';
import { Cutter } from './cutter.ts';

/** The worker lies one folder below the site's root when built, two when developed. */
const siteUrl = new URL(import.meta.env.DEV ? '../../' : '../', self.location.href).href;

const cutter = new Cutter({
  openSite: (folder) => openUrl(`${siteUrl}${folder}`, {}),
  openHub: (location) => openHub(location, {}),
  storage: once(() => openModelStorage(new URL(siteUrl).pathname)),
  loadRuntime: loadOnnxRuntime,
  decodeImage: decodeSubjectImage,
  encodeMask,
});

async function encodeMask({ width, height, data }: Mask): Promise<Blob> {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (const [pixel, share] of data.entries()) rgba[pixel * 4 + 3] = share;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

const api: CutOutApi = {
  cutOut: (request, onProgress) => asResult(() => cutter.cutOut(request, onProgress)),
};

expose(api);
