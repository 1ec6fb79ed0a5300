import { describe, expect, it } from 'vitest';

import { refusal } from '../../testing/reference/weights.ts';
import { parseClipTextConfig, parseClipVisionConfig } from './clip-config.ts';

const text = {
  vocab_size: 49408,
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  hidden_act: 'quick_gelu',
};
const vision = {
  image_size: 224,
  patch_size: 14,
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
};

describe('the config of a CLIP text model', () => {
  it('may stand alone', () => {
    expect(parseClipTextConfig({ ...text, model_type: 'clip_text_model' })).toMatchObject(text);
  });

  it('may be nested in that of a whole CLIP model', () => {
    expect(parseClipTextConfig({ model_type: 'clip', text_config: text, vision_config: vision })).toMatchObject(text);
  });

  it('in old files is text_config_dict, which transformers lets win with its defaults', () => {
    const config = {
      model_type: 'clip',
      text_config: { ...text, hidden_act: 'gelu' },
      text_config_dict: { ...text, hidden_act: undefined },
    };
    expect(parseClipTextConfig(config).hidden_act).toBe('quick_gelu');
  });

  it.each([
    ['hidden_act', { ...text, hidden_act: 'gelu_new' }],
    ['max_position_embeddings', { ...text, max_position_embeddings: 2 }],
    ['model_type', { ...text, model_type: 'siglip_text_model' }],
    ['num_attention_heads', { ...text, num_attention_heads: 7 }],
    ['vocab_size', { ...text, vocab_size: '49408' }],
  ])('is refused where %s is not known, by that name', (key, config) => {
    const error = refusal(() => parseClipTextConfig(config));
    expect(error.code).toBe('unsupported-config');
    expect(error.message).toContain(`${key} in text_encoder/config.json`);
  });
});

describe('the config of a CLIP vision model', () => {
  it('may stand alone, with its own width of image embeddings', () => {
    expect(parseClipVisionConfig({ ...vision, projection_dim: 768 })).toMatchObject({ ...vision, projection_dim: 768 });
  });

  it('inside a whole CLIP model takes the width that the whole has', () => {
    const config = { model_type: 'clip', projection_dim: 768, vision_config: { ...vision, projection_dim: 512 } };
    expect(parseClipVisionConfig(config)).toMatchObject({ ...vision, projection_dim: 768 });
  });

  it.each([
    ['num_channels', { ...vision, num_channels: 4 }],
    ['patch_size', { ...vision, patch_size: 500 }],
    ['hidden_act', { ...vision, hidden_act: 'relu' }],
  ])('is refused where %s is not known, by that name', (key, config) => {
    const error = refusal(() => parseClipVisionConfig({ model_type: 'clip', vision_config: config }));
    expect(error.message).toContain(`${key} in image_encoder/config.json`);
  });
});
