/** Pages of a list, with GitHub's `Link` header. */

/** The page that the query asks for (30 entries, at most 100), and the header that leads to the others. */
export function cutPage(
  items: readonly unknown[],
  url: URL,
): { readonly page: readonly unknown[]; readonly headers: Readonly<Record<string, string>> } {
  const perPage = Math.min(positive(url.searchParams.get('per_page')) ?? 30, 100);
  const number = positive(url.searchParams.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const page = items.slice((number - 1) * perPage, number * perPage);
  const link = (to: number, rel: string) => {
    const target = new URL(url);
    target.searchParams.set('per_page', String(perPage));
    target.searchParams.set('page', String(to));
    return `<${target.href}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
    ...(number > 1 ? [link(1, 'first')] : []),
  ];
  return { page, headers: links.length === 0 ? {} : { link: links.join(', ') } };
}

function positive(text: string | null): number | undefined {
  const value = Number(text ?? '');
  return Number.isInteger(value) && value > 0 ? value : undefined;
}
