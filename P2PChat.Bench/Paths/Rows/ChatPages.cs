using System.Globalization;
using Microsoft.Playwright;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>
/// Two open pages of people who chat with each other. All times are in milliseconds, by the browser's clock, and end
/// after the frame in which the change is visible.
/// </summary>
/// <param name="own">The page that is measured.</param>
/// <param name="other">The page of the other person, which shows the conversation.</param>
/// <param name="conversation">The address of the conversation with the other person.</param>
internal sealed class ChatPages(IPage own, IPage other, Uri conversation)
{
    private const string FirstPaint = """
        () => new Promise(resolve => new PerformanceObserver(list => {
          const paint = list.getEntriesByName('first-contentful-paint')[0];
          if (paint) resolve(paint.startTime);
        }).observe({ type: 'paint', buffered: true }))
        """;

    // A frame's callback runs before its paint, and the task after it runs after the paint.
    private const string Frames = """
        const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
        const until = async isTrue => {
          while (!await new Promise(resolve => requestAnimationFrame(() => resolve(isTrue()))));
          await new Promise(resolve => setTimeout(resolve));
          return performance.timeOrigin + performance.now();
        };
        const messages = side => [...document.querySelectorAll(`.log .message${side}`)];
        """;

    private const string Switch = $$"""
        async name => {
          {{Frames}}
          const link = document.querySelector(`.person[href="c/${name}"]`);
          const isShown = () => {
            const log = document.querySelector('.log');
            return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 2
              && messages('').at(-1)?.textContent.includes(`with ${name}`);
          };
          await frame();
          const begun = performance.timeOrigin + performance.now();
          link.click();
          return await until(isShown) - begun;
        }
        """;

    private const string Watch = $$"""
        ([side, text]) => {
          {{Frames}}
          if (side === '.own') {
            document.addEventListener('keydown', event => {
              window.begun = performance.timeOrigin + event.timeStamp;
            }, { capture: true, once: true });
          }
          window.shown = until(() => messages(side).some(item => item.textContent.includes(text)));
        }
        """;

    private int _sent;

    public IPage Own => own;

    public Uri Conversation => conversation;

    /// <summary>Loads the page and returns the time of its first contentful paint.</summary>
    public async Task<double> PaintAsync()
    {
        _ = await own.GotoAsync(conversation.AbsoluteUri);
        var paint = await own.EvaluateAsync<double>(FirstPaint);
        await IsReadyAsync();
        return paint;
    }

    /// <summary>Opens a conversation by a click, and returns the time until its newest message is in view.</summary>
    public Task<double> SwitchAsync(string name) => own.EvaluateAsync<double>(Switch, name);

    /// <summary>
    /// Writes to the other person, and returns the times from Enter until each page shows the text.
    /// </summary>
    public async Task<(double Own, double Other)> SendAsync()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{++_sent} written with bob");
        await own.Locator("textarea").FillAsync(text);
        await other.EvaluateAsync(Watch, new[] { ".theirs", text });
        await own.EvaluateAsync(Watch, new[] { ".own", text });
        await own.Locator("textarea").PressAsync("Enter");
        var ownShown = await own.EvaluateAsync<double>("() => window.shown");
        var otherShown = await other.EvaluateAsync<double>("() => window.shown");
        var begun = await own.EvaluateAsync<double>("() => window.begun");
        return (ownShown - begun, otherShown - begun);
    }

    /// <summary>Waits until the page is interactive and shows the end of the conversation.</summary>
    public async Task IsReadyAsync()
    {
        await own.WaitForSelectorAsync(".app[data-live]");
        await own.WaitForFunctionAsync(
            """
            () => {
              const log = document.querySelector('.log');
              return log.querySelector('.message') && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
            }
            """
        );
    }
}
