/** The part of autocannon that the benchmark calls; it comes without types. */
declare module 'autocannon' {
  interface Request {
    readonly method?: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly setupRequest?: (request: Request) => Request;
  }
  interface Options {
    readonly url: string;
    readonly connections: number;
    readonly duration: number;
    readonly requests: readonly Request[];
  }
  interface Result {
    readonly requests: { readonly average: number };
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly non2xx: number;
    readonly '2xx': number;
    readonly errors: number;
  }
  export default function autocannon(options: Options): Promise<Result>;
}
