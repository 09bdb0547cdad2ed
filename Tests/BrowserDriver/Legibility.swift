extension Browser {
    /// Texts whose contrast with what is behind them is below WCAG 2.2's level AA (success criterion 1.4.3), each with its
    /// ratio; computed from the styles that the browser computed.
    public func faintTexts() async throws -> [String] {
        let found = try await run(
            """
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 1;
            const context = canvas.getContext('2d', { willReadFrequently: true });
            // Any colour that CSS can say, in bytes.
            const parse = (text) => {
              context.clearRect(0, 0, 1, 1);
              context.fillStyle = text;
              context.fillRect(0, 0, 1, 1);
              const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
              return [r, g, b, a / 255];
            };
            const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
            const dark = matchMedia('(prefers-color-scheme: dark)').matches;
            const ground = (element) => {
              const layers = [];
              for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
              return layers.reverse().reduce((below, top) => over(top, below), dark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
            };
            const luminance = (c) => {
              const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const faint = [];
            const check = (element, colour, text) => {
              const style = getComputedStyle(element);
              const behind = ground(element);
              const [a, b] = [luminance(over(parse(colour), behind)), luminance(behind)];
              const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
              const size = parseFloat(style.fontSize);
              const isLarge = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
              if (ratio < (isLarge ? 3 : 4.5)) faint.push(text.trim().slice(0, 40) + ': ' + ratio.toFixed(2));
            };
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            let texts = 0;
            while (walker.nextNode()) {
              const element = walker.currentNode.parentElement;
              if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
              if (element.closest('script, style, title')) continue;
              texts += 1;
              const style = getComputedStyle(element);
              check(element, element.closest('svg') ? style.fill : style.color, walker.currentNode.data);
            }
            for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
              if (!field.checkVisibility()) continue;
              check(field, getComputedStyle(field).color, field.value || field.name);
              if (field.placeholder) check(field, getComputedStyle(field, '::placeholder').color, field.placeholder);
            }
            return texts ? faint : ['no text at all'];
            """)
        return found.array.map(\.string)
    }

    /// By how many pixels the page is wider than its window; 0 when it need not be scrolled sideways.
    public func overflow() async throws -> Int {
        let excess = try await run(
            "return Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth")
        return max(0, Int(excess.number))
    }

    /// What has to be scrolled sideways by itself to be seen whole.
    public func sidewaysScrollers() async throws -> [String] {
        let found = try await run(
            """
            return [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
                && !e.matches('.hidden, input, textarea, select') && /auto|scroll/.test(getComputedStyle(e).overflowX)
                && e.scrollWidth > e.clientWidth + 1)
              .map(e => e.outerHTML.slice(0, 80) + ': ' + e.scrollWidth + ' in ' + e.clientWidth);
            """)
        return found.array.map(\.string)
    }

    /// Controls smaller than WCAG 2.2's 24 by 24 pixels (success criterion 2.5.8), but for links within text.
    public func smallTargets() async throws -> [String] {
        let found = try await run(
            """
            return [...document.querySelectorAll('button, select, summary, input:not([type=hidden])')].filter(e => {
              if (!e.checkVisibility() || e.matches('.hidden')) return false;
              const box = (e.matches('[type=radio], [type=checkbox]') && e.closest('label') || e).getBoundingClientRect();
              return box.width < 24 || box.height < 24;
            }).map(e => e.outerHTML.slice(0, 80));
            """)
        return found.array.map(\.string)
    }
}
