import { useEffect, useState } from 'react';

/** The value of a promise that is made again when `key` changes; null until it settles, and where it fails. */
export function usePromise<T>(make: () => Promise<T>, key: string): T | null {
  const [settled, setSettled] = useState<{ readonly key: string; readonly value: T } | null>(null);
  useEffect(() => {
    let current = true;
    make().then(
      (value) => {
        if (current) setSettled({ key, value });
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
    // `make` is a fresh function at every render; the key says when its result would differ.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key]);
  return settled?.key === key ? settled.value : null;
}
