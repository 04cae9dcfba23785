using Microsoft.Playwright;
using P2PChat.Bench.Processes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>A copy of the page's HTML and styles, with a script that does as little as possible.</summary>
internal sealed class StaticPage : IAsyncDisposable
{
    // Answers to "open NAME" are HTML; other messages are the texts of others.
    private const string Script = """
        const socket = new WebSocket(`ws://${location.host}/socket`);
        const main = document.querySelector('main');
        const toEnd = () => { const log = main.querySelector('.log'); log.scrollTop = log.scrollHeight; };
        function add(side, text) {
          const item = [...main.querySelectorAll(`.message.${side}`)].at(-1).cloneNode(true);
          item.querySelector('.text p').textContent = text;
          [...main.querySelectorAll('.messages ol')].at(-1).append(item);
          toEnd();
        }
        socket.onmessage = ({ data }) => {
          if (data.startsWith('<')) {
            main.innerHTML = data;
            toEnd();
          } else {
            add('theirs', data);
          }
        };
        document.addEventListener('click', event => {
          const link = event.target.closest('.person');
          if (link) {
            event.preventDefault();
            socket.send(`open ${link.getAttribute('href').slice(2)}`);
          }
        });
        document.addEventListener('keydown', event => {
          if (event.key === 'Enter') {
            event.preventDefault();
            add('own', event.target.value);
            socket.send(event.target.value);
            event.target.value = '';
          }
        });
        toEnd();
        """;

    private readonly TempFolder _folder;
    private readonly ChildProcess _server;

    private StaticPage(TempFolder folder, ChildProcess server, ChatPages pages) =>
        (_folder, _server, Pages) = (folder, server, pages);

    public ChatPages Pages { get; }

    /// <summary>Copies the page and each conversation in its list, and opens the copy twice.</summary>
    public static async Task<StaticPage> CopyAsync(Chromium browser, ChatPages pages)
    {
        var folder = new TempFolder();
        try
        {
            await pages.PaintAsync();
            await WriteAsync(folder, pages.Own);
            var server = await ChildProcess.StartAsync(ChildProgram.StaticPage, folder.FullName);
            var address = new Uri(new Uri(server.Ready), "/page.html");
            return new StaticPage(
                folder,
                server,
                new ChatPages(await browser.OpenAsync(address), await browser.OpenAsync(address), address)
            );
        }
        catch
        {
            folder.Delete();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete();
    }

    private static async Task WriteAsync(TempFolder folder, IPage page)
    {
        var styles = await page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('link[rel=stylesheet]')].map(link => link.getAttribute('href'))"
        );
        foreach (var style in styles)
        {
            var css = await page.EvaluateAsync<string>("async path => (await fetch(path)).text()", style);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, style), css);
        }

        var html = await page.EvaluateAsync<string>(
            """
            () => {
              const copy = document.documentElement.cloneNode(true);
              copy.querySelectorAll('script').forEach(script => script.remove());
              return `<!DOCTYPE html>${copy.outerHTML}`;
            }
            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "page.html"),
            html.Replace("</body>", "<script src=\"script.js\" defer></script></body>", StringComparison.Ordinal)
        );
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "script.js"), Script);
        foreach (
            var name in await page.EvaluateAsync<string[]>(
                "() => [...document.querySelectorAll('.person')].map(link => link.getAttribute('href').slice(2))"
            )
        )
        {
            await page.Locator($".person[href='c/{name}']").ClickAsync();
            await page.Locator(".message")
                .Filter(new LocatorFilterOptions { HasText = $"with {name}" })
                .Last.WaitForAsync();
            var conversation = await page.EvaluateAsync<string>(
                "() => document.querySelector('main').innerHTML.trim()"
            );
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{name}.html"), conversation);
        }
    }
}
