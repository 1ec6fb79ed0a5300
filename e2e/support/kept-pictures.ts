import type { Page } from '@playwright/test';

/** Puts pictures into the page's database, as earlier visits would have left them. */
export async function keepPictures(page: Page, count: number): Promise<void> {
  await page.evaluate(async (wanted) => {
    const canvas = new OffscreenCanvas(64, 64);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no canvas');
    const pngs: Blob[] = [];
    for (let hue = 0; hue < 12; hue++) {
      context.fillStyle = `hsl(${hue * 30} 60% 60%)`;
      context.fillRect(0, 0, 64, 64);
      pngs.push(await canvas.convertToBlob());
    }
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('pinword');
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error('no database'));
      };
    });
    const put = database.transaction('pictures', 'readwrite');
    for (let index = 0; index < wanted; index++) {
      const data = {
        id: `kept-${index}`,
        createdAt: index,
        png: pngs[index % pngs.length],
        width: 64,
        height: 64,
        flagged: null,
        recipe: {
          compose: { caption: index % 100 === 0 ? `a zebra ${index}` : `a dog ${index}`, pins: [] },
          settings: { seed: index, width: 64, height: 64 },
          guidanceMoved: false,
          model: { id: 'embedded', name: 'Picture book' },
        },
      };
      put.objectStore('pictures').put({ version: 2, data }, data.id);
    }
    await new Promise<void>((resolve) => {
      put.oncomplete = () => {
        resolve();
      };
    });
    database.close();
  }, count);
}
