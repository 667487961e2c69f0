import type { Request } from 'express';
import { z } from 'zod';
import { SandpiperError } from '../../../errors.ts';
import { isUpgrade, openSocket } from '../../connection/web-sockets.ts';
import { assertReady } from '../../../service/api/service-errors.ts';
import { contextOf, optionsOf } from '../../exchange/request-context.ts';
import { checkFields } from '../../exchange/request-field-error.ts';
import type { ConventionParts, RouteHandler } from '../../routing/route.ts';
import { liveModels, RealtimeSession } from './realtime-session.ts';
import { defaultSettings } from './session-settings.ts';

/** Accepted subprotocols; others that clients offer hold their key or name an organisation. */
const PROTOCOLS = ['realtime'];
const BETA = 'openai-beta.realtime-v1';

export const realtimeQuerySchema = z.object({
  intent: z
    .literal('transcription', { error: 'expected "transcription": the models here do not answer' })
    .optional()
    .describe('The models here transcribe, whether this is sent or not.'),
  model: z.string().optional().describe('The model that transcribes; session.update can say it as well.'),
});

/** `WS /v1/realtime`: transcribes sound as it is spoken. */
export const realtime: RouteHandler = async (request, response, { service, limits }) => {
  const query = checkFields(realtimeQuerySchema, request.query, 'Parameter');
  assertReady(service);
  if (!isUpgrade(request)) {
    response.set('Upgrade', 'websocket');
    throw new SandpiperError('upgrade-required', 'Connect to this route by WebSocket.');
  }
  const context = contextOf(response);
  const { client = '', requestId = '', trace } = optionsOf(context);
  const slot = service.takeLiveSlot({ client });
  const options = { maxPayload: limits.liveFrameBytes, protocols: PROTOCOLS };
  const socket = await openSocket(request, options).catch((refused: unknown) => {
    slot[Symbol.dispose]();
    throw refused;
  });
  context.upgraded = true;
  // It lives as long as its socket.
  void new RealtimeSession({
    socket,
    service,
    slot,
    settings: defaultSettings(query.model ?? onlyModel(service)),
    beta: isBeta(request),
    request: { client, requestId, signal: context.signal, trace },
    limits,
    note: ({ model, error }) => {
      if (model !== undefined) context.model = { name: model };
      if (error !== undefined) context.error = error;
    },
  });
};

/** The model that transcribes live speech if there is just one: clients need not name it. */
function onlyModel(service: ConventionParts['service']): string | undefined {
  const [only, ...others] = liveModels(service);
  return others.length === 0 ? only : undefined;
}

/** Whether the client asks for the beta API: by a header, or, in a browser, by a subprotocol. */
function isBeta(request: Request): boolean {
  const offered = (request.get('sec-websocket-protocol') ?? '').split(/\s*,\s*/);
  return request.get('openai-beta') === 'realtime=v1' || offered.includes(BETA);
}
