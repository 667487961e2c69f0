import type { InferenceService } from '../../service/api/tasks.ts';

/**
 * Waits while the service loads its models, for at most `ms` and as long as the client waits. Hugging Face's client
 * retries a 503 at once, and would otherwise upload its file again and again while models load.
 */
export async function waitUntilLoaded(
  service: InferenceService,
  signal: AbortSignal,
  ms: number,
): Promise<void> {
  if (service.state !== 'loading') return;
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  signal.addEventListener('abort', () => over.resolve(), { once: true });
  await Promise.race([service.loaded, over.promise]);
  clearTimeout(timer);
}
