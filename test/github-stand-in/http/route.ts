/** Routes as GitHub's description names them, and what their handlers get and give. */
import type { Repository } from '../world/repository.ts';
import type { World } from '../world/world.ts';
import type { Need } from './access.ts';
import type { Caller } from './caller.ts';

/** JSON, of unknown shape. */
export type Json = Readonly<Record<string, unknown>>;

/** One request, read. */
export interface Call {
  readonly world: World;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The parsed body; `{}` where there is none. */
  readonly body: Json;
}

/** One answer. A `list` is cut into pages by the server. */
export type Reply =
  | { readonly status: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly bytes: Uint8Array; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly status: number;
      readonly list: readonly unknown[];
      readonly wrap?: (page: readonly unknown[]) => unknown;
    };

/** A route that is not about one repository. */
export interface PlainRoute {
  readonly operation: string;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

/** A call about one repository that the caller may see. */
export interface RepositoryCall extends Call {
  readonly repository: Repository;
}

/** A route below `/repos/{owner}/{repo}`; the server looks the repository up and checks the need. */
export interface RepositoryRoute {
  readonly operation: string;
  readonly need: Need;
  readonly handle: (call: RepositoryCall) => Reply | Promise<Reply>;
}

/** Any route. */
export type Route = PlainRoute | RepositoryRoute;

/** `METHOD /repos/{owner}/{repo}<tail>`. */
export function repositoryRoute(
  method: string,
  tail: string,
  need: Need,
  handle: RepositoryRoute['handle'],
): RepositoryRoute {
  return { operation: `${method} /repos/{owner}/{repo}${tail}`, need, handle };
}

/** The need of a route that only looks. */
export function reading(...resources: readonly string[]): Need {
  return { level: 'read', resources };
}

/** The need of a route that changes something. */
export function writing(...resources: readonly string[]): Need {
  return { level: 'write', resources };
}

/** The need of what everybody who sees the repository may do, such as commenting. */
export function taking(...resources: readonly string[]): Need {
  return { level: 'write', resources, isOpenToReaders: true };
}

// These hold slashes, as `{path}` does; no path at all is the repository's root.
const DEEP = new Set(['ref', 'branch', 'basehead']);

/** Compiles the routes; gives the one that matches, with its parameters. */
export function matcher(routes: readonly Route[]): (method: string, path: string) => Match | undefined {
  const compiled = routes.map((route) => {
    const [method = '', template = ''] = route.operation.split(' ');
    const source = template
      .replace('/{path}', '(?:/(?<path>.*?))?')
      .replaceAll(/\{(\w+)\}/g, (_all, name: string) => `(?<${name}>${DEEP.has(name) ? '.+?' : '[^/]+'})`);
    return { route, method, pattern: new RegExp(`^${source}/?$`) };
  });
  return (method, path) => {
    for (const candidate of compiled) {
      if (candidate.method !== method) continue;
      const found = candidate.pattern.exec(path);
      if (found === null) continue;
      const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value ?? '')]);
      return { route: candidate.route, params: Object.fromEntries(params) };
    }
    return undefined;
  };
}

/** A route and what stood where its braces are. */
export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** 200 with JSON. */
export function ok(json: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, json, headers };
}

/** 201 with JSON. */
export function created(json: unknown): Reply {
  return { status: 201, json };
}

/** 204. */
export function noContent(): Reply {
  return { status: 204, bytes: new Uint8Array() };
}

/** All of a list; the server cuts the page. */
export function list(items: readonly unknown[], wrap?: (page: readonly unknown[]) => unknown): Reply {
  return { status: 200, list: items, ...(wrap === undefined ? {} : { wrap }) };
}

/** A text of the body; undefined when it is not one. */
export function textIn(body: Json, key: string): string | undefined {
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}
