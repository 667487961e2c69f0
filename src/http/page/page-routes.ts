/** The page that people try the service on: its files, and what it asks for beside the routes that every client has. */
import type { z } from 'zod';
import { SandpiperError } from '../../errors.ts';
import { refuseUnknownRoute, type RouteGroup } from '../routing/convention.ts';
import { assertReady } from '../../service/api/service-errors.ts';
import { findModel } from '../exchange/find-model.ts';
import { errorSchema } from '../huggingface/schemas.ts';
import { get, pathParameter, type RouteHandler } from '../routing/route.ts';
import { ACTIVITY, FILE, OVERVIEW, SAMPLE } from './operations.ts';
import { showOverview } from './overview.ts';
import { sendPageFile, START_FILE } from './page-files.ts';
import type { activitySchema } from './schemas.ts';

/** As a download, whatever it is: a sample is the model's and never a part of the page. */
const sendSample: RouteHandler = (request, response, { service }) => {
  const { name } = findModel(service, pathParameter(request, 'model'));
  const wanted = request.query['file'];
  const files = [...service.sample(name).files.values()].flat();
  const found = files.find(({ file }) => wanted === undefined || file === wanted);
  if (found === undefined) throw new SandpiperError('not-found', `Model ${name} has no such sample file.`);
  response.attachment(found.file).type('application/octet-stream').send(Buffer.from(found.bytes));
};

const showActivity: RouteHandler = (_request, response, { service }) => {
  assertReady(service);
  const { answered, failed, waiting, running, p50Ms, p99Ms, memoryBytes } = service.activity();
  response.json({
    answered,
    failed,
    waiting,
    running,
    ...(p50Ms !== undefined && { p50_ms: p50Ms }),
    ...(p99Ms !== undefined && { p99_ms: p99Ms }),
    ...(memoryBytes !== undefined && { memory_bytes: memoryBytes }),
  } satisfies z.output<typeof activitySchema>);
};

export const PAGE: RouteGroup = {
  name: 'Page',
  title: 'Page',
  description: 'The page that a browser is shown, and what it asks for.',
  prefix: '/page',
  routes: [
    get('/models', OVERVIEW, showOverview),
    get('/models/:model/sample', SAMPLE, sendSample),
    get('/activity', ACTIVITY, showActivity),
    get('/:file', FILE, async (request, response) => {
      const file = pathParameter(request, 'file');
      // The page itself is at /, above its files.
      const found = file !== START_FILE && (await sendPageFile(file, request, response));
      if (!found) refuseUnknownRoute(request);
    }),
  ],
  errorSchema,
};
