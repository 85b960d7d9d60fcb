/** Takes secrets out of text that goes into the log: those that we know, and those that look like one. */

const GONE = '[secret]';
// Shorter ones are words: taking them out of every line would hide what happened.
const LEAST_CHARS = 8;

/** What looks like a secret, whoever's it is; `$1` stays. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, GONE],
  // Tokens of GitHub. [GitHub docs: about authentication, token formats]
  [/\b(?:gh[a-z]_\w{16,}|github_pat_\w{16,})/g, GONE],
  // JSON Web Tokens: an App signs itself in with one.
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, GONE],
  [/\b((?:bearer|basic|token)\s+)[\w+/=.~-]{8,}/gi, `$1${GONE}`],
  [/\b(authorization["']?\s*[:=]\s*["']?)(?!bearer|basic|token)[^\s"',;]{8,}/gi, `$1${GONE}`],
  // Passwords in addresses.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gi, `$1${GONE}`],
  // Signed links, and the answers of a sign-in. The token of /setup is printed on purpose: it is the way in.
  [/([?&](?:sign|code|state|X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token)=)[^\s&"']+/g, `$1${GONE}`],
  [/((?<!\/setup)[?&]token=)[^\s&"']+/g, `$1${GONE}`],
  [/\b(glb_(?:session|signing_in)=)[\w-]+/g, `$1${GONE}`],
];

/** Makes what takes them out; `listKnown` gives the secrets of the settings, and those that came later. */
export function redactor(listKnown: () => readonly (string | null | undefined)[]): (text: string) => string {
  let known: readonly (string | null | undefined)[] = [];
  let forms: readonly string[] = [];
  return (text) => {
    const now = listKnown();
    if (now.length !== known.length || now.some((secret, at) => secret !== known[at])) {
      known = now;
      forms = formsOf(now);
    }
    let clean = text;
    for (const secret of forms) clean = clean.replaceAll(secret, GONE);
    for (const [shape, kept] of SHAPES) clean = clean.replace(shape, kept);
    return clean;
  };
}

// In JSON a line end is \n: a key is known in both ways. The longest first, so that no rest of one stays.
function formsOf(known: readonly (string | null | undefined)[]): readonly string[] {
  const all = known
    .flatMap((secret) => (secret ? [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)] : []))
    .filter((secret) => secret.length >= LEAST_CHARS)
    .toSorted((a, b) => b.length - a.length);
  return [...new Set(all)];
}
