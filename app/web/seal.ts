/** What we hand out and take back: sealed values that nobody else can read or make, and signatures of links. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Seals values for cookies, and signs links. */
export interface Sealer {
  /** Text for a cookie; opens until then, milliseconds since 1970. `purpose` keeps kinds of values apart. */
  seal(purpose: string, value: unknown, untilMs: number): string;
  /** Undefined for what is not ours, for another purpose, or too late. */
  open(purpose: string, text: string, nowMs: number): unknown;
  sign(text: string): string;
  isSigned(text: string, signature: string): boolean;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Opens it with a secret that only our servers know. */
export function openSealer(secret: string): Sealer {
  const key = (use: string) => Buffer.from(hkdfSync('sha256', secret, 'glb-optimizer', use, 32));
  const sealKey = key('cookies');
  const signKey = key('links');
  const sign = (text: string) => createHmac('sha256', signKey).update(text).digest('base64url');
  return {
    seal(purpose, value, untilMs) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(JSON.stringify([untilMs, value]), 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(purpose, text, nowMs) {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.byteLength <= IV_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        const body = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
        // We made it: nobody else has the key.
        const [untilMs, value] = JSON.parse(body.toString('utf8')) as [number, unknown];
        return nowMs < untilMs ? value : undefined;
      } catch {
        return undefined;
      }
    },
    sign,
    isSigned: (text, signature) => isSame(sign(text), signature),
  };
}

/** In constant time, whatever the lengths. */
export function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
