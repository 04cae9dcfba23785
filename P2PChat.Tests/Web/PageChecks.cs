namespace P2PChat.Tests.Web;

/// <summary>Checks that any page is readable: contrast, names, target sizes and width.</summary>
internal static class PageChecks
{
    /// <summary>Checks the page in its current state, and returns one line per problem.</summary>
    public static Task<string[]> FindingsAsync(this PeerPage page) => page.Page.EvaluateAsync<string[]>(Script);

    // Contrast: WCAG 2.2, 1.4.3 and 1.4.11. The background comes from the ancestors, ignoring floating elements.
    private const string Script = """
        async () => {
          // Fades end by themselves; infinite animations do not.
          const endless = animation => animation.effect.getComputedTiming().endTime === Infinity;
          const fades = document.getAnimations().filter(animation => !endless(animation));
          await Promise.allSettled(fades.map(animation => animation.finished));
          const findings = new Set();
          const parse = text => {
            const n = (text.match(/[\d.]+(e-?\d+)?/g) ?? []).map(Number);
            const rgb = text.startsWith('color(') ? n.slice(0, 3).map(x => x * 255) : n.slice(0, 3);
            return [...rgb, n[3] ?? 1];
          };
          const over = (top, below) => {
            const a = top[3];
            return [0, 1, 2].map(i => top[i] * a + below[i] * (1 - a)).concat(1);
          };
          const luminance = color => {
            const linear = x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
            const [r, g, b] = color.slice(0, 3).map(x => linear(x / 255));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const behind = element => {
            const layers = [];
            const { left, right } = element.getBoundingClientRect();
            for (let e = element; e; e = e.parentElement) {
              // A positioned element next to its ancestor does not lie on it.
              const box = e.getBoundingClientRect();
              if (left > box.right || right < box.left) continue;
              const color = parse(getComputedStyle(e).backgroundColor);
              layers.push(color);
              if (color[3] === 1) break;
            }
            return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
          };
          const ratio = (one, other) => {
            const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
            return (light + 0.05) / (dark + 0.05);
          };
          const isClipped = element => element !== null
            && (getComputedStyle(element).clipPath === 'inset(50%)' || isClipped(element.parentElement));
          const isSeen = element => element.checkVisibility({ visibilityProperty: true })
            && element.getBoundingClientRect().width > 1 && !isClipped(element);
          const words = element => (element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 30);

          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node; (node = walker.nextNode());) {
            const element = node.parentElement;
            const isText = /[\p{L}\p{N}]/u.test(node.data);
            if (!isText || !isSeen(element) || element.closest(':disabled, template, .sr-only, .skip')) continue;
            const style = getComputedStyle(element);
            let opacity = 1;
            for (let e = element; e; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
            const color = parse(style.color);
            color[3] *= opacity;
            const back = behind(element);
            const size = parseFloat(style.fontSize);
            const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
            const got = ratio(over(color, back), back);
            const place = `${element.tagName.toLowerCase()}.${element.className}`;
            if (got < needed) findings.add(`contrast ${got.toFixed(2)} of "${words(element)}" (${place})`);
          }

          for (const icon of document.querySelectorAll('svg.icon')) {
            if (!isSeen(icon) || icon.closest(':disabled')) continue;
            const back = behind(icon.parentElement);
            const got = ratio(over(parse(getComputedStyle(icon).stroke), back), back);
            if (got < 3) findings.add(`contrast ${got.toFixed(2)} of an icon in ${icon.parentElement.className}`);
          }

          for (const element of document.querySelectorAll('button, a[href], input, textarea, select, [tabindex="0"]')) {
            if (!isSeen(element)) continue;
            const name = element.getAttribute('aria-label') || element.getAttribute('title') || words(element)
              || [...(element.labels ?? [])].map(words).join('') || element.getAttribute('aria-labelledby');
            if (!name) findings.add(`no name: ${element.outerHTML.slice(0, 80)}`);
            const box = element.getBoundingClientRect();
            const isInText = getComputedStyle(element).display === 'inline';
            const isSmall = box.width < 24 || box.height < 24;
            if (isInText || !isSmall || element.closest('label')) continue;
            findings.add(`too small (${box.width}x${box.height}): ${name}`);
          }

          const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
          ids.filter((id, i) => ids.indexOf(id) !== i).forEach(id => findings.add(`duplicate id: ${id}`));
          if (document.querySelectorAll('main').length !== 1) findings.add('not exactly one main element');
          if (![...document.querySelectorAll('h1')].some(isSeen) && innerWidth > 750) findings.add('no heading');
          for (const dialog of document.querySelectorAll('dialog[open]')) {
            const { left, right, top, bottom } = dialog.getBoundingClientRect();
            if (Math.min(left, top, innerWidth - right, innerHeight - bottom) < 0)
              findings.add(`the dialog ${dialog.id} is not wholly visible`);
          }
          const wide = document.documentElement.scrollWidth - innerWidth;
          if (wide > 0) findings.add(`${wide} pixels too wide`);
          return [...findings];
        }
        """;
}
