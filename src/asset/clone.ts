/** Copies of plain JSON. `structuredClone`, which knows any value, takes several times as long: a third of the work on files of many nodes. */

/** A copy of which nothing is shared with the original. Keys keep their order, also such as `__proto__`. */
export function cloneJson<T>(value: T): T {
  return (typeof value === 'object' && value !== null ? copyOf(value) : value) as T;
}

function copyOf(value: object): object {
  if (Array.isArray(value)) {
    const list: unknown[] = value.slice();
    for (let i = 0; i < list.length; i++) {
      const item = list[i];
      if (typeof item === 'object' && item !== null) list[i] = copyOf(item);
    }
    return list;
  }
  // Spreading makes every key the copy's own, so that setting it again reaches no prototype.
  const copy: Record<string, unknown> = { ...value };
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    if (typeof item === 'object' && item !== null) copy[key] = copyOf(item);
  }
  return copy;
}
