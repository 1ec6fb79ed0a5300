import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { type ErrorCode, PinwordError } from '../../errors.ts';
import { requireFile, type SourceFiles } from '../../weights/sources/source-files.ts';
import { torchFileOf } from '../files/torch-writer.ts';
import { type HubFixture, safetensorsFile, serveFiles } from './hub-fixture.ts';

/** Weights of one network, as they are served and lie in folders. */
export const weights = safetensorsFile('F16', { 'conv.weight': [300, 1000], 'conv.bias': [1000] });
export const weightsPath = 'unet/diffusion_pytorch_model.fp16.safetensors';
export const config = '{"_class_name":"UNet2DConditionModel"}';
export const card = '---\nlicense: "openrail"\ntags: [a]\n---\n# Model\n';
/** What torchWeights is, in torch's own format: it is served as the VAE. */
export const torchWeights = safetensorsFile('F16', { 'conv.weight': [3, 5] });
export const torch = await torchFileOf(torchWeights);

/** A hub with a model whose UNet is safetensors and whose VAE is torch's. */
export function serveModel(): Promise<HubFixture> {
  return serveFiles({
    'README.md': card,
    'unet/config.json': config,
    [weightsPath]: weights,
    'vae/config.json': '{}',
    'vae/diffusion_pytorch_model.bin': torch,
  });
}

/** Does not wait before a request is repeated. */
export const noWait = { wait: () => Promise.resolve() };

export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | 'none'> {
  const thrown: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return thrown instanceof PinwordError ? thrown.code : 'none';
}

export async function readAll(source: ByteSource): Promise<Uint8Array> {
  return source.read(0, source.size);
}

export function openWeights(files: SourceFiles): Promise<ByteSource> {
  return requireFile(files, weightsPath);
}
