/** `tsx e2e/hub-server/cli.ts PORT owner/name=FOLDER …` serves folders as a hub until it is ended. */
import { startHubServer } from './hub-server.ts';

const [port, ...pairs] = process.argv.slice(2);
const repositories = Object.fromEntries(pairs.map((pair) => {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}));
if (port === undefined || pairs.length === 0) throw new Error('Usage: cli.ts PORT owner/name=FOLDER …');
const server = await startHubServer({ repositories, port: Number(port) });
console.log(server.origin);
