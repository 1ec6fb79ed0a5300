import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { StoredActions, type StoredWork } from './StoredActions.tsx';

const nothing = (): void => undefined;

/** The buttons' names, those that cannot be pressed in brackets. */
function buttons(work: StoredWork): readonly string[] {
  const html = renderToStaticMarkup(
    createElement(StoredActions, {
      model: { name: 'm', complete: true },
      work,
      onLoad: nothing,
      onCheck: nothing,
      onStop: nothing,
      onAsk: nothing,
      onDelete: nothing,
    }),
  );
  return Array.from(html.matchAll(/<button(?<attributes>[^>]*)>(?<name>[^<]*)/gu), ({ groups }) => {
    const name = groups?.['name'] ?? '';
    return groups?.['attributes']?.includes('disabled') === true ? `(${name})` : name;
  });
}

describe('a stored checkpoint', () => {
  it('can be loaded, checked and deleted', () => {
    expect(buttons({ kind: 'idle' })).toEqual(['Load', 'Check', 'Delete']);
    expect(buttons({ kind: 'told', text: 'Every byte is as it was downloaded.' })).toEqual(['Load', 'Check', 'Delete']);
  });

  it('is deleted only after a question', () => {
    expect(buttons({ kind: 'asked' })).toEqual(['Load', 'Check', 'Really delete?']);
  });

  it('cannot be deleted while it is checked, which can be stopped: the progress would take the question away', () => {
    expect(buttons({ kind: 'checking', text: 'Checking…' })).toEqual(['Load', 'Stop', '(Delete)']);
    expect(buttons({ kind: 'deleting', text: 'Deleting…' })).toEqual(['Load', '(Check)', '(Delete)']);
  });
});
