import { describe, expect, it } from 'vitest';
import type { DeviceReport } from '../../../../workers/api.ts';
import { downloadText, exceedsBudget, isCostly, memoryText, precisionText } from './load-cost.ts';

const cost = { downloadBytes: 2.1e9, plan: '16-bit', predictedBytes: 2.9e9, budgetBytes: 8.6e9 };

describe('the cost of a load', () => {
  it('is asked for where it is a large download or more memory than there is', () => {
    expect(isCostly(cost)).toBe(true);
    expect(isCostly({ ...cost, downloadBytes: 40e6 })).toBe(false);
    expect(isCostly({ ...cost, downloadBytes: 0, predictedBytes: 9e9 })).toBe(true);
    expect(exceedsBudget({ ...cost, predictedBytes: 9e9, budgetBytes: null })).toBe(false);
  });

  it('is told in words', () => {
    expect(downloadText(cost, true)).toBe('2.1 GB, kept in this browser');
    expect(downloadText(cost, false)).toBe('2.1 GB, held in memory, and needed again at the next visit');
    expect(downloadText({ ...cost, downloadBytes: 0 }, true)).toBe('nothing more to download');
    expect(memoryText(cost)).toBe('about 2.9 GB of the 8.6 GB that are expected to be free');
    expect(memoryText({ ...cost, budgetBytes: null })).toBe('about 2.9 GB');
  });
});

it('a browser that has no 16-bit numbers says that it takes twice the memory', () => {
  const webgpu = { shaderF16: false };
  const device = (report: unknown) => report as DeviceReport;
  expect(precisionText(device({ webgpu }))).toMatch(/32 bits only.*twice the memory.*Firefox/u);
  for (const report of [null, device({ webgpu: null }), device({ webgpu: { shaderF16: true } })])
    expect(precisionText(report)).toBeNull();
});
