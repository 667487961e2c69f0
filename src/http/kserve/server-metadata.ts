import type { z } from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };
import type { RouteHandler } from '../routing/route.ts';
import type { serverMetadata } from './schemas.ts';

/** Supported extensions of Triton; docs/conformance-oip.md lists the others. */
const EXTENSIONS = [
  'classification',
  'model_repository',
  'model_repository(unload_dependents)',
  'schedule_policy',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
];

/** `GET /v2` */
export const showServer: RouteHandler = (_request, response) => {
  const { name, version } = packageJson;
  response.json({ name, version, extensions: EXTENSIONS } satisfies z.output<typeof serverMetadata>);
};
