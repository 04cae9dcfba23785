using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>
/// The log's scroll position while the browser has not yet reported a scroll: the event comes a frame later, and a
/// change may come first.
/// </summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class LogPositionTests(Browser browser) : IAsyncLifetime
{
    // Each script scrolls and changes the log in one turn of the event loop, and returns where the log is two frames
    // later. Foreign elements stand in for what the peer renders; they are removed before it renders again.
    private const string Helpers = """
        const log = document.querySelector('.log');
        const frame = () => new Promise(requestAnimationFrame);
        const frames = async () => { await frame(); await frame(); };
        const items = () => [...log.querySelectorAll('.message')];
        const distanceToEnd = () => log.scrollHeight - log.clientHeight - log.scrollTop;
        // How far a message is below the top of the view.
        const placeOf = item => item.offsetTop - log.scrollTop;
        const held = () => items().find(item => item.offsetTop >= log.scrollTop);
        // Changes the document without changing the layout, as a receipt does.
        const change = () => { const note = document.createComment(''); log.append(note); note.remove(); };
        const addMessage = isFirst => {
          const item = document.createElement('li');
          item.className = 'message';
          item.style.minHeight = '400px';
          const lists = [...log.querySelectorAll('ol')];
          if (isFirst) lists[0].prepend(item); else lists.at(-1).append(item);
          return item;
        };
        """;

    private WebPeers _peers = default!;
    private PeerPage _alice = default!;

    public async Task InitializeAsync()
    {
        if (Chromium.Path is null)
        {
            return;
        }

        _peers = await WebPeers.StartConnectedAsync();
        for (var i = 1; i <= 40; i++)
        {
            _ = await _peers.Alice.Messages.SendAsync(_peers.Bob.Status.Name, $"message {i}");
        }

        await Eventually.True(
            () =>
                _peers
                    .Alice.Messages.Page(_peers.Bob.Status.Name, null, null, 100)
                    .Messages.All(message => message.State == P2PChat.Node.Model.MessageState.Delivered),
            PeerUnderTest.Soon,
            "all messages have arrived, so that no receipt changes the log"
        );
        _alice = await browser.OpenAsync(_peers.Alice);
    }

    [ChromiumFact]
    public async Task Change_before_the_scroll_event_does_not_undo_the_scrolling()
    {
        await OpenAsync();

        var moved = await RunAsync(
            """
            const before = log.scrollTop;
            log.scrollTop -= 230;
            change();
            await frames();
            return log.scrollTop - (before - 230);
            """
        );

        Assert.InRange(moved, -1, 1);
    }

    [ChromiumFact]
    public async Task Older_messages_before_the_scroll_event_do_not_move_the_view()
    {
        await OpenAsync();

        foreach (var start in (string[])["log.scrollHeight", "log.scrollHeight / 2"])
        {
            var moved = await RunAsync(
                $$"""
                log.scrollTop = {{start}};
                await frames();
                log.scrollTop -= 230;
                const [item, place] = [held(), placeOf(held())];
                const added = addMessage(true);
                await frames();
                const moved = placeOf(item) - place;
                added.remove();
                await frames();
                return moved;
                """
            );

            Assert.InRange(moved, -1, 1);
        }
    }

    [ChromiumFact]
    public async Task Message_before_the_event_of_a_scroll_to_the_end_is_shown()
    {
        await OpenAsync();

        var distance = await RunAsync(
            """
            log.scrollTop -= 500;
            await frames();
            log.scrollTop = log.scrollHeight;
            const added = addMessage(false);
            await frames();
            const distance = distanceToEnd();
            added.remove();
            return distance;
            """
        );

        Assert.InRange(distance, -1, 1);
    }

    [ChromiumFact]
    public async Task Text_that_grows_without_a_change_keeps_the_end_in_view()
    {
        await OpenAsync();

        var (grown, distance) = (
            await RunAsync(
                """
                const before = log.scrollHeight;
                document.querySelector('.messages').style.fontSize = '200%';
                await frames();
                return log.scrollHeight - before;
                """
            ),
            await RunAsync("await frames(); return distanceToEnd();")
        );

        Assert.InRange(grown, 100, double.MaxValue);
        Assert.InRange(distance, -1, 1);
    }

    [ChromiumFact]
    public async Task Resize_before_the_scroll_event_keeps_the_end_in_view()
    {
        await OpenAsync();

        var distance = await RunAsync(
            """
            log.scrollTop -= 10;
            log.style.flex = 'none';
            log.style.height = '300px';
            await frames();
            const distance = distanceToEnd();
            log.removeAttribute('style');
            return distance;
            """
        );

        Assert.InRange(distance, -1, 1);
    }

    [ChromiumFact]
    public async Task Shorter_content_does_not_move_the_view()
    {
        await OpenAsync();

        // Without its first messages, the content ends above the place where the view was.
        var moved = await RunAsync(
            """
            log.scrollTop = log.scrollHeight - log.clientHeight - 100;
            await frames();
            const [item, place] = [held(), placeOf(held())];
            const removed = items().slice(0, 10);
            removed.forEach(one => { one.style.display = 'none'; });
            change();
            await frames();
            const moved = placeOf(item) - place;
            removed.forEach(one => one.removeAttribute('style'));
            return moved;
            """
        );

        Assert.InRange(moved, -1, 1);
    }

    [ChromiumFact]
    public async Task Scrolling_before_attachment_is_kept()
    {
        // In the frame in which the conversation appears: the peer attaches the log some round trips later.
        var top = await _alice.Page.EvaluateAsync<double>(
            """
            () => new Promise(done => {
              new MutationObserver((_, observer) => {
                const log = document.querySelector('.log');
                if (!log?.querySelector('.message')) return;
                observer.disconnect();
                log.scrollTop -= 300;
                done(log.scrollTop);
              }).observe(document.body, { childList: true, subtree: true });
              document.querySelector('.person').click();
            })
            """
        );

        Assert.NotEqual(0, top);
        await _alice.MenusAreAttachedAsync();
        await Expect(_alice.Button("Go to the newest message")).ToBeVisibleAsync();
        Assert.Equal(top, await RunAsync("return log.scrollTop;"), 1.0);
    }

    public async Task DisposeAsync()
    {
        if (Chromium.Path is null)
        {
            return;
        }

        await _alice.DisposeAsync();
        await _peers.DisposeAsync();
    }

    private async Task OpenAsync()
    {
        await _alice.GoAsync("/c/bob");
        await _alice.ShowsMessageAsync("message 40");
        // The button shows that the log is attached: only then does the peer know the position.
        await _alice.Log.EvaluateAsync("log => { log.scrollTop = 0; }");
        await _alice.Button("Go to the newest message").ClickAsync();
        await Expect(_alice.Button("Go to the newest message")).ToBeHiddenAsync();
        Assert.InRange(await RunAsync("return distanceToEnd();"), -1, 1);
    }

    private Task<double> RunAsync(string steps) =>
        _alice.Page.EvaluateAsync<double>($"async () => {{ await document.fonts.ready; {Helpers} {steps} }}");
}
