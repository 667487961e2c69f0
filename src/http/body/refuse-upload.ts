import type { NextFunction, Request, Response } from 'express';
import type { SandpiperError } from '../../errors.ts';
import { contextOf } from '../exchange/request-context.ts';

export function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Answers a request whose body is incomplete: cancels its work and drops the rest of the body (unread-body.ts). */
export function refuseUpload(response: Response, next: NextFunction, error: SandpiperError): void {
  contextOf(response).giveUp();
  if (!response.headersSent) next(error);
}
