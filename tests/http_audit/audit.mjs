// Runs every audit of graphql-http against the URL given, and writes one JSON line for each.
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
let request = null;

async function fetchFn(address, init = {}) {
  const { method = 'GET', headers = {}, body = null } = init;
  request = { method, url: String(address), headers, body };
  return fetch(address, { ...init, signal: AbortSignal.timeout(10_000) });
}

async function said(response) {
  const headers = Object.fromEntries(response.headers);
  const body = response.bodyUsed ? null : await response.text();
  return { status: response.status, headers, body };
}

// One after the other, so that the last request is the audit's own.
for (const audit of serverAudits({ url, fetchFn })) {
  let result;
  try {
    result = await audit.fn();
  } catch (error) {
    result = { status: 'error', reason: String(error.cause ?? error) };
  }
  const line = { id: audit.id, name: audit.name, passed: result.status === 'ok' };
  if (!line.passed) {
    const response = result.response ? await said(result.response) : null;
    Object.assign(line, { reason: result.reason, request, response });
  }
  console.log(JSON.stringify(line));
}
