/**
 * Asks the browser not to clear this page's storage by itself. Only a window can ask, and some browsers ask the person
 * in turn, who may never answer: nothing waits for it, and the engine looks at the outcome when a model is stored.
 */
export function askToKeepStorage(): void {
  // Absent where the page is not a secure context.
  if (!('storage' in navigator)) return;
  // A browser that cannot answer has not agreed.
  void navigator.storage.persist().catch(() => false);
}
