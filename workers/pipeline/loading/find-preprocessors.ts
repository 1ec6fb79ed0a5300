import { about, PinwordError } from '../../errors.ts';
import type { ClipVisionConfig } from '../../graph/config/clip-config.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Preprocessors } from '../model/modules.ts';
import type { FoundParts } from './found-part.ts';
import { parseImageProcessorConfig, processedSize, type ImageProcessorConfig } from '../../images/image-processor.ts';

const own = ['feature_extractor/preprocessor_config.json'];
/** A CLIP model has it at the top; pipelines of diffusers call its folder by one name or the other. */
const borrowed = [
  'preprocessor_config.json',
  'feature_extractor/preprocessor_config.json',
  'image_processor/preprocessor_config.json',
];

/**
 * A borrowed image encoder sees pictures as its own repository says, the safety checker as the checkpoint says.
 * @param lenders where image encoders come from; null if the first comes from the checkpoint, or the other from a file alone
 * @throws PinwordError 'unsupported-config' | 'bad-json'
 */
export async function findPreprocessors(
  {
    imageEncoder,
    safetyChecker,
    lookImageEncoder,
  }: Pick<FoundParts, 'imageEncoder' | 'safetyChecker' | 'lookImageEncoder'>,
  checkpoint: Checkpoint,
  lenders: { readonly imageEncoder: Checkpoint | null; readonly lookImageEncoder: Checkpoint | null },
): Promise<Preprocessors> {
  const settings = await read(checkpoint, own);
  const { imageEncoder: lender } = lenders;
  return {
    imageEncoder: parse(lender === null ? settings : await read(lender, borrowed), imageEncoder?.config),
    safetyChecker: parse(settings, safetyChecker?.config),
    lookImageEncoder: await about('lookImageEncoder', async () =>
      parse(
        lookImageEncoder === null ? null : await readForLook(lookImageEncoder, checkpoint, lenders.lookImageEncoder),
        lookImageEncoder?.config,
      ),
    ),
  };
}

/** Beside its config.json, or where its repository has it; a file of its own comes with none. */
function readForLook(
  { files }: NonNullable<FoundParts['lookImageEncoder']>,
  checkpoint: Checkpoint,
  lender: Checkpoint | null,
): Promise<Settings | null> {
  if (lender === null) return Promise.resolve(null);
  const beside = `${files.config.name.slice(0, files.config.name.lastIndexOf('/') + 1)}preprocessor_config.json`;
  return read(lender, [beside, ...(lender === checkpoint ? own : borrowed)]);
}

interface Settings {
  readonly path: string;
  readonly json: unknown;
}

/** The first of these files; null where there is none. */
async function read(files: Checkpoint, paths: readonly string[]): Promise<Settings | null> {
  for (const path of paths) {
    const json = await files.json(path);
    if (json !== null) return { path, json };
  }
  return null;
}

/** Without a file, CLIP's own settings at the size that the network reads. */
function parse(settings: Settings | null, vision: ClipVisionConfig | undefined): ImageProcessorConfig {
  if (settings === null)
    return parseImageProcessorConfig(
      vision === undefined ? null : { size: vision.image_size, crop_size: vision.image_size },
    );
  const config = parseImageProcessorConfig(settings.json, settings.path);
  if (vision !== undefined) refuseOtherSize(config, vision.image_size, settings.path);
  return config;
}

/** Else every picture would be refused by the graph, without a word of what to do. */
function refuseOtherSize(config: ImageProcessorConfig, edge: number, path: string): void {
  const size = processedSize(config);
  if (size?.height === edge && size.width === edge) return;
  const made =
    size === null ? 'pictures of whatever size they have' : `pictures of ${size.width} × ${size.height} pixels`;
  throw new PinwordError(
    'unsupported-config',
    `This checkpoint cannot be used: by ${path} it prepares ${made}, but its vision network reads ${edge} × ${edge}. Correct the sizes in that file.`,
  );
}
