import type { IpAdapterConfig } from '../../checkpoint/kinds/ip-adapter-config.ts';
import { PinwordError } from '../../errors.ts';
import type { ClipVisionConfig } from '../../graph/config/clip-config.ts';
import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { lookFeatures } from '../../graph/graphs/look-tokens.ts';
import { ipAdapterLayers } from '../../graph/modules/ip-adapter-layers.ts';

/**
 * An IP-Adapter has keys and values for each cross-attention of one network: their number, order and widths must be its.
 * @throws PinwordError 'bad-adapter' with both numbers
 */
export function refuseOtherNetwork({ projection, layers }: IpAdapterConfig, name: string, unet: UNetConfig): void {
  const wanted = ipAdapterLayers(unet);
  const refuse = (what: string): never => {
    throw new PinwordError(
      'bad-adapter',
      `The IP-Adapter "${name}" does not fit this model: ${what}. Choose an adapter that was made for it, or another model.`,
    );
  };
  const width = wanted[0]?.crossAttentionDim ?? 0;
  if (wanted.some(({ crossAttentionDim }) => crossAttentionDim !== projection.tokenDim))
    refuse(`it makes tokens of ${projection.tokenDim} numbers, and the network reads ${width}`);
  if (layers.length !== wanted.length)
    refuse(`it has ${layers.length} layers, and the network has ${wanted.length} cross-attentions`);
  for (const [position, { index, channels, path }] of wanted.entries()) {
    const layer = layers[position];
    if (layer?.index !== index) refuse(`it has no layer ${index}`);
    else if (layer.channels !== channels)
      refuse(`its layer ${index} has ${layer.channels} channels, and ${path} has ${channels}`);
  }
}

/** @throws PinwordError 'bad-adapter' with both numbers where the adapter reads other features than the encoder gives */
export function refuseOtherEncoder(
  { projection }: IpAdapterConfig,
  adapter: string,
  { vision, name }: { readonly vision: ClipVisionConfig; readonly name: string },
): void {
  const gives = lookFeatures(projection) === 'pooled' ? vision.projection_dim : vision.hidden_size;
  if (gives === projection.embedDim) return;
  throw new PinwordError(
    'bad-adapter',
    `The IP-Adapter "${adapter}" reads image features of ${projection.embedDim} numbers, but the image encoder ${name} gives ${gives}. Choose the encoder that it was trained with: for most adapters of Stable Diffusion 1.5 that is models/image_encoder of h94/IP-Adapter.`,
  );
}
