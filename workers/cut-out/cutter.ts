import type { CutOutProgress, CutOutRequest, CutOutResult, Pixels } from '../api.ts';
import { cutOutNetworks, type CutOutNetwork, type CutOutNetworkId } from '../contract/cut-out-networks.ts';
import type { Mask } from '../images/cut-out.ts';
import type { Ort } from '../runtime/onnx-runtime.ts';
import { sha256 } from '../weights/sources/hashes.ts';
import { openBackgroundRemoval, type BackgroundRemoval } from './background-removal.ts';
import { maskOfPicture } from './mask-pixels.ts';
import { bringNetwork, type FilesPlatform } from './network-files.ts';
import { regionOfSubject } from './subject-region.ts';
import { openPointSelection, type PointSelection } from './point-selection.ts';

/** What differs between a browser's worker and a test in Node. */
export interface CutterPlatform extends FilesPlatform {
  readonly loadRuntime: () => Promise<Ort>;
  /** @throws PinwordError for what is no picture that can be pinned */
  readonly decodeImage: (image: Blob, hash: string) => Promise<Pixels>;
  /** A PNG that is black, and as opaque as the mask says. */
  readonly encodeMask: (mask: Mask) => Promise<Blob>;
}

type Finder = (picture: Pixels, request: CutOutRequest) => Promise<Mask>;

/** Cuts subjects out of pictures, one at a time. A network that was opened stays open for the next picture. */
export class Cutter {
  readonly #platform: CutterPlatform;
  #opened: { readonly id: CutOutNetworkId; readonly find: Finder } | null = null;

  constructor(platform: CutterPlatform) {
    this.#platform = platform;
  }

  /**
   * @throws PinwordError 'nothing-to-cut-out' where the mask shows nothing or everything; 'needs-download' |
   *   'bad-cut-out-network' and as downloads and pictures do
   */
  async cutOut(request: CutOutRequest, onProgress: (progress: CutOutProgress) => void): Promise<CutOutResult> {
    const picture = await this.#platform.decodeImage(request.image, request.hash);
    const find = await this.#open(request, onProgress);
    onProgress({ phase: 'look' });
    const mask = maskOfPicture(await find(picture, request), picture);
    const region = regionOfSubject(mask, picture, request.points.length > 0);
    const png = await this.#platform.encodeMask(mask);
    return {
      mask: png,
      hash: await sha256(new Uint8Array(await png.arrayBuffer())),
      size: { width: picture.width, height: picture.height },
      region,
    };
  }

  async #open(
    { network: id, mayDownload }: CutOutRequest,
    onProgress: (progress: CutOutProgress) => void,
  ): Promise<Finder> {
    if (this.#opened?.id === id) return this.#opened.find;
    const files = await bringNetwork(this.#platform, id, {
      mayDownload,
      onProgress: (bytes, totalBytes) => {
        onProgress({ phase: 'download', bytes, totalBytes });
      },
    });
    const ort = await this.#platform.loadRuntime();
    const network: CutOutNetwork = cutOutNetworks[id];
    const find =
      network.finds === 'by-itself'
        ? byItself(await openBackgroundRemoval(ort, id, network, files))
        : fromPoints(await openPointSelection(ort, id, network, files));
    this.#opened = { id, find };
    return find;
  }
}

function byItself(network: BackgroundRemoval): Finder {
  return (picture) => network.find(picture);
}

function fromPoints(network: PointSelection): Finder {
  return (picture, { hash, points }) => network.find(picture, hash, points);
}
