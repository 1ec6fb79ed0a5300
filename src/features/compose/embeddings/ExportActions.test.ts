import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ExportActions } from './ExportActions.tsx';

const nothing = (): void => undefined;

describe('the buttons that make a word of pinned pictures', () => {
  it.each([
    [true, 2],
    [false, 0],
  ])('cannot be pressed again while one of them works: %s', (isBusy, disabled) => {
    const html = renderToStaticMarkup(createElement(ExportActions, { isBusy, onDownload: nothing, onKeep: nothing }));
    expect(html.match(/<button[^>]* disabled=/gu) ?? []).toHaveLength(disabled);
  });
});
