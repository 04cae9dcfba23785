using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using Xunit.Abstractions;

namespace P2PChat.Tests.Web;

/// <summary>How fast the page is there, and how it scrolls. Measured: what it took is in the test's output.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class LongConversationTests(Browser browser, ITestOutputHelper output)
{
    private const int Messages = 10_000;
    private const int Batch = 100;

    // Milliseconds: half of the frames that a screen shows.
    private const double MedianFrame = 34;
    private const double FirstPage = 300;

    // Up by a third of a screen at a time, as a wheel does, and at each frame: how long it took, how far the message at the top
    // moved that should have moved by that step alone, and how many messages there are. Through 400 frames, and more where it
    // has not come to the given message by then.
    private const string Scroll = """
        async aim => {
          const log = document.querySelector('.log');
          const frame = () => new Promise(requestAnimationFrame);
          const step = Math.floor(log.clientHeight / 3);
          const took = [];
          let jumped = 0, most = 0, oldest = Infinity, last = await frame();
          const begun = last;
          for (let i = 0; i < 400 || (oldest > aim && last - begun < 60000); i++) {
            const held = [...log.querySelectorAll('.message')].find(item => item.offsetTop >= log.scrollTop);
            const before = held.offsetTop - log.scrollTop;
            const by = Math.min(step, log.scrollTop);
            log.scrollTop -= by;
            const now = await frame();
            took.push(now - last);
            last = now;
            if (held.isConnected) jumped = Math.max(jumped, Math.abs(held.offsetTop - log.scrollTop - before - by));
            most = Math.max(most, log.querySelectorAll('.message').length);
            oldest = Math.min(oldest, Number(log.querySelector('.message .text').textContent.match(/\d+/)[0]));
          }
          took.sort((a, b) => a - b);
          return [took[took.length >> 1], took[Math.floor(took.length * 0.95)], took.at(-1), jumped, most, oldest];
        }
        """;

    [ChromiumFact]
    public async Task Ten_thousand_messages_scroll_smoothly_and_nothing_jumps()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await FillAsync(peers);
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/c/bob");

        // Up to three times, and as far as it takes: what else runs on the machine is not the page's.
        double[] measured = [];
        for (var i = 0; i < 3 && (i == 0 || measured[0] > MedianFrame); i++)
        {
            if (i > 0)
            {
                await alice.Button("Go to the newest message").ClickAsync();
            }

            await alice.ShowsMessageAsync(Text(Messages));
            measured = await alice.Page.EvaluateAsync<double[]>(Scroll, Messages - 1000);
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Frames: median {measured[0]:0.0} ms, 95 % {measured[1]:0.0} ms, longest {measured[2]:0.0} ms; moved by up to {measured[3]:0.#} pixels; {measured[4]} messages at most; up to message {measured[5]}."
                )
            );
            Assert.InRange(measured[3], 0, 1.5);
            Assert.InRange(measured[4], 50, 200);
            Assert.InRange(measured[5], 1, Messages - 1000);
        }

        Assert.InRange(measured[0], 0, MedianFrame);
        await alice.Button("Go to the newest message").ClickAsync();
        await alice.ShowsMessageAsync(Text(Messages));
    }

    [ChromiumFact]
    public async Task The_first_page_is_there_within_300_ms()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        var times = new List<double>();
        for (var i = 0; i < 10 || (times.Min() > FirstPage && i < 60); i++)
        {
            await alice.GoAsync("/c/bob");
            times.Add(
                await alice.Page.EvaluateAsync<double>(
                    "performance.getEntriesByName('first-contentful-paint')[0].startTime"
                )
            );
        }

        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"First contentful paint: best {times.Min():0} ms, median {times.Order().ElementAt(times.Count / 2):0} ms."
            )
        );
        // The best of ten, or of more: what else runs on the machine is not the page's.
        Assert.InRange(times.Min(), 0, FirstPage);
    }

    private static async Task FillAsync(WebPeers peers)
    {
        var bob = Username.Parse("bob");
        // A batch at a time, for the store keeps together what comes together.
        for (var i = 1; i <= Messages; i += Batch)
        {
            await Task.WhenAll(
                Enumerable.Range(i, Batch).Select(number => SendAsync(peers.Alice.Messages, bob, Text(number)))
            );
        }

        await Eventually.True(
            () =>
                peers.Bob.Messages.Page(Username.Parse("alice"), null, null, 1).Messages is [var last]
                && last.Text == Text(Messages),
            TimeSpan.FromSeconds(120),
            "all messages have come"
        );
    }

    private static Task SendAsync(MessageService messages, Username to, string text) =>
        Eventually.True(
            async () =>
            {
                try
                {
                    _ = await messages.SendAsync(to, text);
                    return true;
                }
                catch (PeerException e) when (e.Error == PeerError.TooManyUnacknowledged)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(60),
            "there is room for another message"
        );

    // Of one line to five.
    private static string Text(int number) =>
        $"message {number}" + string.Concat(Enumerable.Repeat("\nanother line of it", number % 5));
}
