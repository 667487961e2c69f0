import type { InferenceService } from '../../service/api/tasks.ts';

/**
 * Waits while the service loads its models, for at most `ms` and only as long as the client does. Hugging Face's
 * own client asks again at once for each 503, and would otherwise upload its file for as long as loading takes.
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
