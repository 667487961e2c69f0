import { expect, test } from 'vitest';
import { REFERENCE_PAGE_HEADERS } from '../../src/http/openapi/reference-page.ts';
import { operationsOf, readDocument } from '../support/api-document.ts';
import { openDoor } from '../support/door.ts';
import { loadingService } from '../support/loading-service.ts';

test('The page has every operation, and loads and runs nothing', async () => {
  await using service = loadingService();
  await using door = await openDoor(service);
  const response = await fetch(`${door.url}/docs`);
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  expect(response.headers.get('content-security-policy')).toBe(
    REFERENCE_PAGE_HEADERS['Content-Security-Policy'],
  );
  const page = await response.text();
  for (const { operation } of operationsOf(await readDocument(door.url))) {
    expect(page).toContain(`<section id="${operation.operationId}">`);
    expect(page).toContain(`href="#${operation.operationId}"`);
  }
  expect(page).not.toMatch(/<script|<link|<img|\bon\w+=|src=|@import|url\(/i);
  expect(page.match(/href="(?!#)[^"]*"/g)).toEqual(['href="./"', 'href="openapi.json"']);
});
