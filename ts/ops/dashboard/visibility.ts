/** Resolves when the tab can be seen, or at once where it can; also when `signal` aborts. */
export async function untilVisible(signal: AbortSignal): Promise<void> {
  while (document.hidden && !signal.aborted) {
    await new Promise<void>((resolve) => {
      const seen = (): void => {
        document.removeEventListener('visibilitychange', seen);
        signal.removeEventListener('abort', seen);
        resolve();
      };
      document.addEventListener('visibilitychange', seen);
      signal.addEventListener('abort', seen);
    });
  }
}
