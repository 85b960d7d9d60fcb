/** How well the text of a page stands out, as WCAG 2.2 counts it. [w3.org/TR/WCAG22/#dfn-contrast-ratio] */
import type { Page } from 'puppeteer-core';

/** One text, and the ratio of its colour to what lies under it: 1 to 21. */
export interface TextContrast {
  readonly text: string;
  /** Its element: tag and classes. */
  readonly element: string;
  readonly ratio: number;
}

/** Every text that is seen, the faintest first. Text of disabled controls has no bar to reach, and is left out. */
export async function contrastsOf(page: Page): Promise<readonly TextContrast[]> {
  const seen = await page.evaluate(() => {
    const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    if (pixel === null) throw new Error('there is no canvas to read colours with');
    /** Any CSS colour over another, as bytes; the canvas knows every notation. */
    const over = (colours: readonly { readonly css: string; readonly alpha: number }[]): readonly number[] => {
      pixel.globalAlpha = 1;
      pixel.fillStyle = '#fff';
      pixel.fillRect(0, 0, 1, 1);
      for (const { css, alpha } of colours) {
        pixel.globalAlpha = alpha;
        pixel.fillStyle = css;
        pixel.fillRect(0, 0, 1, 1);
      }
      return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (colour: readonly number[]): number => {
      const [red = 0, green = 0, blue = 0] = colour.map((byte) => {
        const share = byte / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: { text: string; element: string; ratio: number }[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (element === null || text === '' || element.closest(':disabled, script, style, [aria-disabled="true"]'))
        continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const { width, height } = range.getBoundingClientRect();
      if (width < 2 || height < 2 || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
        continue;
      const line: Element[] = [];
      for (let up: Element | null = element; up !== null; up = up.parentElement) line.unshift(up);
      let alpha = 1;
      const under = line.map((one) => {
        const style = getComputedStyle(one);
        alpha *= Number(style.opacity);
        return { css: style.backgroundColor, alpha };
      });
      const ground = over(under);
      const ink = over([...under, { css: getComputedStyle(element).color, alpha }]);
      const [light = 0, dark = 0] = [luminance(ground), luminance(ink)].sort((a, b) => b - a);
      const names = [...element.classList].map((name) => `.${name}`).join('');
      found.push({
        text: text.slice(0, 40),
        element: element.localName + names,
        ratio: (light + 0.05) / (dark + 0.05),
      });
    }
    return found;
  });
  return seen.sort((a, b) => a.ratio - b.ratio);
}
