using Microsoft.Playwright;
using P2PChat.Tests.Node;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Sent messages, which the script draws before the peer does.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class PendingMessageTests(Browser browser)
{
    // Sends each text by Enter within one task. Returns what is drawn in that task, and what is wrong in later frames
    // until the peer has rendered all of them.
    private const string SendAll = """
        async texts => {
          const log = document.querySelector('.log');
          const text = document.querySelector('.composer textarea');
          const own = () => [...log.querySelectorAll('.message.own')];
          const textOf = item => item.querySelector('.text').innerText;
          for (const value of texts) {
            text.value = value;
            text.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
          }
          const drawn = own().slice(-texts.length);
          const place = item => [item.offsetTop, item.querySelector('.bubble').offsetHeight].join();
          const places = drawn.map(place);
          const result = [
            drawn.map(item => (item.dataset.key ?? '') + textOf(item)).join('|'),
            drawn.map(item => item.querySelector('.state.queued') !== null && item.closest('.pending') !== null).join(),
            drawn.map(item => item.className).join('|'),
          ];
          const wrong = [];
          const begun = performance.now();
          const isDrawn = item => item.dataset.key === undefined;
          while (own().slice(-texts.length).some(isDrawn) && performance.now() - begun < 60000) {
            await new Promise(requestAnimationFrame);
            const now = own().slice(-texts.length);
            if (now.map(textOf).join('|') !== texts.join('|')) wrong.push(`texts ${now.map(textOf).join('|')}`);
            if (now.map(place).join(' ') !== places.join(' ')) wrong.push(`places ${now.map(place)}, not ${places}`);
            if (own().filter(item => textOf(item) === texts[0]).length !== 1) wrong.push('shown twice');
            if (log.querySelectorAll('.day').length !== 1) wrong.push('days');
            if (log.querySelector('.blank')?.checkVisibility()) wrong.push('empty');
            if (log.scrollHeight - log.scrollTop - log.clientHeight > 1) wrong.push('not at the end');
          }
          return [...result, wrong.slice(0, 5).join('\n')];
        }
        """;

    [ChromiumFact]
    public async Task Sent_messages_are_drawn_at_once_and_replaced_in_place()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");
        await alice.ShowsAsync("You are connected");
        await alice.ComposerIsAttachedAsync();
        await alice.Page.EvaluateAsync("async () => { await document.fonts.ready; }");

        foreach (
            var texts in (string[][])
                [
                    ["first", "two\nlines <b>", "👍"],
                    ["next"],
                    ["and", "again"],
                ]
        )
        {
            var result = await alice.Page.EvaluateAsync<string[]>(SendAll, texts);

            Assert.Equal(string.Join('|', texts), result[0]);
            Assert.Equal(string.Join(',', texts.Select(_ => "true")), result[1]);
            Assert.Contains("ends", result[2].Split('|')[^1], StringComparison.Ordinal);
            Assert.True(result[3] == "", result[3]);
            await Expect(alice.Page.Locator(".pending > *")).ToHaveCountAsync(0);
            await Expect(alice.Text).ToHaveValueAsync("");
        }

        Assert.Equal(
            ["first", "two\nlines <b>", "👍", "next", "and", "again"],
            peers.Alice.Messages.Page(peers.Bob.Status.Name, null, null, 10).Messages.Select(message => message.Text)
        );

        // Longer than a message may be, in bytes: the peer refuses both, and the texts come back in their order.
        var (one, two) = (new string('ä', 40_000), new string('ö', 40_000));
        await alice.Page.EvaluateAsync(
            """
            texts => {
              const text = document.querySelector('.composer textarea');
              for (const value of texts) {
                text.value = value;
                text.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
              }
            }
            """,
            new[] { one, two }
        );
        await Expect(alice.Text).ToHaveValueAsync($"{one}\n{two}");
        await Expect(alice.Page.Locator(".pending > *")).ToHaveCountAsync(0);
        await Expect(alice.Messages).ToHaveCountAsync(6);
        await Expect(alice.Messages.Last)
            .ToHaveClassAsync(new System.Text.RegularExpressions.Regex(@"^message own .*ends"));
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Lost_connection_loses_no_text_and_reads_nothing()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        var (page, bob) = (alice.Page, peers.Bob.Status.Name);
        var sockets = new List<IWebSocketRoute>();
        var isLost = false;
        await page.RouteWebSocketAsync(new System.Text.RegularExpressions.Regex("_blazor"), socket =>
        {
            var server = socket.ConnectToServer();
            sockets.AddRange([server, socket]);
            socket.OnMessage(frame =>
            {
                if (isLost)
                {
                    return;
                }

                if (frame.Binary is { } bytes)
                {
                    server.Send(bytes);
                }
                else
                {
                    server.Send(frame.Text!);
                }
            });
        });
        await page.RouteAsync("**/alive", route => isLost ? route.AbortAsync() : route.ContinueAsync());
        await alice.GoAsync("/c/bob");
        await alice.WriteAsync("before");
        await Expect(page.Locator(".message.own[data-key]")).ToHaveCountAsync(1);

        isLost = true;
        await alice.WriteAsync("on the way");
        await alice.Text.PressSequentiallyAsync("begun");
        Assert.Equal(
            "on the way\nbegun",
            await page.EvaluateAsync<string>("() => localStorage.getItem('draft:/c/bob')")
        );
        foreach (var socket in sockets)
        {
            await socket.CloseAsync();
        }

        await Expect(page.Locator("#offline .offline")).ToBeVisibleAsync();
        _ = await peers.Bob.Messages.SendAsync(peers.Alice.Status.Name, "unseen");
        await Infrastructure.Eventually.True(
            () => peers.Alice.Messages.Page(bob, null, null, 10).Messages.Any(message => message.Text == "unseen"),
            PeerUnderTest.Soon,
            "the message has arrived"
        );
        Assert.False(
            await page.EvaluateAsync<bool>(
                "async () => (await import('/copy.js')).copyText(Promise.resolve(undefined))"
            )
        );
        await page.EvaluateAsync("() => { document.hasFocus = () => false; }");
        isLost = false;
        await Expect(page.Locator("#offline .offline")).ToHaveCountAsync(0);
        await Expect(page).ToHaveTitleAsync("(1) bob – P2PChat");
        await Expect(alice.Text).ToHaveValueAsync("begun\non the way");
        await Expect(page.Locator(".pending > *")).ToHaveCountAsync(0);
        Assert.Equal(1, peers.Alice.Messages.Conversations.Single().Unread);
        peers.Alice.Contacts.SetNickname(bob, "Bobby");
        await Expect(page).ToHaveTitleAsync("(1) Bobby – P2PChat");
        Assert.Empty(alice.ScriptErrors);
    }
}
