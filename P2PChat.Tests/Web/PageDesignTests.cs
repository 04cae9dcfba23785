using Microsoft.Playwright;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>The design, as the browser computes it.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class PageDesignTests(DesignPage design) : IClassFixture<DesignPage>
{
    // Returns the contrast of two colors, each as the computed style has it.
    private const string Contrast = """
        const contrast = (one, other) => {
          const luminance = color => {
            const [r, g, b] = color.match(/[\d.]+/g).map(x => Number(x) / 255)
              .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
          return (light + 0.05) / (dark + 0.05);
        };
        const style = (selector, pseudo) => getComputedStyle(document.querySelector(selector), pseudo);
        """;

    [ChromiumTheory]
    [InlineData(1920)]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task Messages_and_composer_share_one_column(int width)
    {
        var page = await design.GoAsync("/c/bob", width);
        await Expect(page.Locator(".composer")).ToBeVisibleAsync();

        var edges = await page.EvaluateAsync<float[]>(
            """
            () => ['.messages', '.composer'].flatMap(selector => {
              const box = document.querySelector(selector).getBoundingClientRect();
              return [box.left, box.right];
            })
            """
        );

        Assert.Equal(edges[..2], edges[2..]);
        Assert.Equal(Math.Min(46 * 16, width), edges[1] - edges[0]);
    }

    [ChromiumTheory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Hues_are_distinct_and_meet_AA_on_every_surface(ColorScheme scheme)
    {
        var page = await design.GoAsync("/c/bob");
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });

        var hues = await page.EvaluateAsync<HueLook[]>(
            $$"""
            () => {
              {{Contrast}}
              const surfaces = ['--surface', '--raised', '--back'].map(name => {
                document.body.style.background = `var(${name})`;
                return getComputedStyle(document.body).backgroundColor;
              });
              document.body.style.background = '';
              return Array.from({ length: 12 }, (_, hue) => {
                const avatar = document.querySelector('.page-head .avatar').cloneNode();
                avatar.className = `avatar hue-${hue}`;
                const name = document.createElement('span');
                name.className = `name hue-${hue}`;
                document.body.append(avatar, name);
                const { color, backgroundColor } = getComputedStyle(avatar);
                const text = getComputedStyle(name).color;
                avatar.remove();
                name.remove();
                return {
                  color: backgroundColor,
                  initial: contrast(color, backgroundColor),
                  name: Math.min(...surfaces.map(surface => contrast(text, surface))),
                  circle: Math.min(...surfaces.map(surface => contrast(backgroundColor, surface))),
                };
              });
            }
            """
        );

        Assert.Equal(12, hues.Select(hue => hue.Color).Distinct().Count());
        Assert.All(hues, hue => Assert.InRange(hue.Initial, 4.5, 21));
        Assert.All(hues, hue => Assert.InRange(hue.Name, 4.5, 21));
        // A circle in the color of the selected row would have 1.
        Assert.All(hues, hue => Assert.InRange(hue.Circle, 1.1, 21));
    }

    [ChromiumFact]
    public async Task Person_has_the_same_hue_everywhere()
    {
        var page = await design.GoAsync("/c/bob");
        var hue = $"hue-{P2PChat.Node.Model.PersonHue.Of(design.Peers.Bob.Status.PeerId)}";
        var own = $"hue-{P2PChat.Node.Model.PersonHue.Of(design.Peers.Alice.Status.PeerId)}";

        await Expect(page.Locator($".person .avatar.{hue}")).ToBeVisibleAsync();
        await Expect(page.Locator($".page-head .avatar.{hue}")).ToBeVisibleAsync();
        await Expect(page.Locator($".me .avatar.{own}")).ToBeVisibleAsync();
        await design.GoAsync("/search?words=second");
        await Expect(page.Locator($".results .name.{hue}")).ToBeVisibleAsync();
        await design.GoAsync("/people");
        await Expect(page.Locator($".people .avatar.{hue}")).ToBeVisibleAsync();
    }

    [ChromiumFact]
    public async Task Unread_row_is_bolder_than_a_read_row()
    {
        var page = await design.GoAsync("/c/bob");
        await Expect(page.Locator(".person .badge")).ToBeHiddenAsync();
        var read = await RowAsync();
        await design.GoAsync("/settings");
        _ = await design.Peers.Bob.Messages.SendAsync(DesignPage.Alice, "fourth");
        await Expect(page.Locator(".person .badge")).ToBeVisibleAsync();

        var unread = await RowAsync();

        Assert.Equal("500", read.Weight);
        Assert.Equal("650", unread.Weight);
        Assert.NotEqual(unread.Text, read.Preview);
        Assert.Equal(unread.Text, unread.Preview);
        Assert.Equal(unread.Accent, unread.Time);

        Task<RowLook> RowAsync() =>
            page.EvaluateAsync<RowLook>(
                $$"""
                () => {
                  {{Contrast}}
                  return {
                    weight: style('.person strong').fontWeight,
                    preview: style('.person .preview').color,
                    time: style('.person-top :is(time, local-time)').color,
                    text: style('.person').color,
                    accent: style('.skip').color,
                  };
                }
                """
            );
    }

    [ChromiumFact]
    public async Task Time_within_a_group_shows_on_hover_and_focus_only()
    {
        var page = await design.GoAsync("/c/bob");
        var first = page.Locator(".message", new PageLocatorOptions { HasText = "first" });
        var last = page.Locator(".message", new PageLocatorOptions { HasText = "third" });
        await Expect(last).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("ends"));
        var before = await first.Locator(".bubble").BoundingBoxAsync();

        await HasTimeAsync(last, isShown: true);
        await HasTimeAsync(first, isShown: false);
        // In the last line of the text, not in a line of its own.
        Assert.InRange((await last.Locator(".bubble").BoundingBoxAsync())!.Height, 30, 40);
        await first.HoverAsync();
        await HasTimeAsync(first, isShown: true);
        await page.Mouse.MoveAsync(5, 5);
        await HasTimeAsync(first, isShown: false);
        await first.GetByRole(AriaRole.Link).FocusAsync();
        await HasTimeAsync(first, isShown: true);
        var after = await first.Locator(".bubble").BoundingBoxAsync();
        Assert.Equal((before!.Width, before.Height), (after!.Width, after.Height));

        // The browser handles the pointer a moment later.
        static Task HasTimeAsync(ILocator message, bool isShown) =>
            Eventually.True(
                async () =>
                    await message.Locator(".meta").EvaluateAsync<float>("meta => meta.getBoundingClientRect().width")
                        is var width
                    && (isShown ? width > 20 : width == 1),
                PeerUnderTest.Soon,
                $"the time is {(isShown ? "shown" : "hidden")}"
            );
    }

    [ChromiumFact]
    public async Task Read_and_delivered_differ_by_shape_on_emoji_too()
    {
        var page = await design.GoAsync("/c/bob");
        await Expect(page.Locator(".own .state.delivered")).ToBeVisibleAsync();
        var delivered = await TickAsync();

        design.Peers.Bob.Messages.MarkRead(DesignPage.Alice, null);
        await Expect(page.Locator(".own .state.read")).ToBeVisibleAsync();
        var read = await TickAsync();

        Assert.Equal("none", delivered.Fill);
        Assert.NotEqual("none", read.Fill);
        Assert.NotEqual(delivered.Path, read.Path);
        Assert.InRange(delivered.Contrast, 3, 21);
        Assert.InRange(read.Contrast, 3, 21);

        // Around emoji there is no bubble, so the tick lies on the page.
        Task<TickLook> TickAsync() =>
            page.EvaluateAsync<TickLook>(
                $$"""
                () => {
                  {{Contrast}}
                  const tick = '.own .bubble:has(.emoji) .state .icon';
                  return {
                    fill: style(tick).fill,
                    path: document.querySelector(`${tick} path`).getAttribute('d'),
                    contrast: contrast(style(tick).stroke, style('.content').backgroundColor),
                  };
                }
                """
            );
    }

    [ChromiumFact]
    public async Task Typing_line_does_not_move_the_page()
    {
        var page = await design.GoAsync("/c/bob");
        await Expect(page.Locator(".message").Last).ToBeVisibleAsync();
        await design.Page.ComposerIsAttachedAsync();
        var before = await PlacesAsync();
        design.Peers.Bob.Presence.SetTyping(DesignPage.Alice, active: true);
        await Expect(page.Locator(".typing")).ToBeVisibleAsync();

        var after = await PlacesAsync();
        var (line, last) = (
            await page.Locator(".typing").BoundingBoxAsync(),
            await page.Locator(".message .bubble").Last.BoundingBoxAsync()
        );
        design.Peers.Bob.Presence.SetTyping(DesignPage.Alice, active: false);

        Assert.Equal(before, after);
        Assert.True(line!.Y >= last!.Y + last.Height, "The line covers the last message.");

        Task<float[]> PlacesAsync() =>
            page.EvaluateAsync<float[]>(
                """
                () => {
                  const log = document.querySelector('.log');
                  const tops = ['.composer', '.message:last-child .bubble']
                    .map(selector => document.querySelector(selector).getBoundingClientRect().top);
                  return [log.clientHeight, log.scrollHeight, log.scrollTop, ...tops];
                }
                """
            );
    }

    [ChromiumFact]
    public async Task Font_comes_from_the_peer_once()
    {
        var page = await design.GoAsync("/c/bob");

        // The browser notes the request for the font a moment after it has the font.
        await page.WaitForFunctionAsync(
            "() => performance.getEntriesByType('resource').some(entry => entry.name.endsWith('.woff2'))"
        );
        var fonts = await page.EvaluateAsync<string[]>(
            """
            () => {
              const loaded = [...document.fonts].filter(font => font.status === 'loaded').map(font => font.family);
              const files = performance.getEntriesByType('resource').filter(entry => entry.name.endsWith('.woff2'));
              return [...loaded, ...files.map(file => new URL(file.name).pathname)];
            }
            """
        );

        Assert.Equal(["Inter", "/inter/inter-latin-wght-normal.woff2"], fonts);
        Assert.StartsWith(
            "Inter",
            await page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('textarea')).fontFamily"),
            StringComparison.Ordinal
        );
        Assert.Empty(design.Page.Errors);
    }

    [ChromiumFact]
    public async Task Found_message_has_a_visible_ring()
    {
        var found = design.Peers.Alice.Messages.Page(DesignPage.Bob, null, null, 10).Messages;
        var own = found.First(message => message.From == DesignPage.Alice);
        var page = await design.GoAsync($"/c/bob?at={P2PChat.Node.Model.MessageKey.Of(own)}");
        await Expect(page.Locator(".target .bubble")).ToBeVisibleAsync();

        var ring = await page.EvaluateAsync<float[]>(
            $$"""
            () => {
              {{Contrast}}
              const color = style('.target .bubble').outlineColor;
              document.body.style.background = 'var(--own)';
              const own = getComputedStyle(document.body).backgroundColor;
              document.body.style.background = '';
              return [contrast(color, style('.content').backgroundColor), contrast(color, own)];
            }
            """
        );

        Assert.All(ring, contrast => Assert.InRange(contrast, 3, 21));
    }

    [ChromiumFact]
    public async Task Forced_colors_keep_shapes()
    {
        _ = await design.Peers.Bob.Messages.SendAsync(DesignPage.Alice, "again");
        var page = await design.GoAsync("/people");
        await Expect(page.Locator(".person .badge")).ToBeVisibleAsync();
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ForcedColors = ForcedColors.Active });
        Assert.Equal("CanvasText", await EdgeAsync(".person .badge"));
        Assert.Equal("CanvasText", await EdgeAsync(".person .avatar"));

        await design.GoAsync("/c/bob");
        await Expect(page.Locator(".theirs .bubble").First).ToBeVisibleAsync();
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ForcedColors = ForcedColors.Active });
        Assert.Equal("CanvasText", await EdgeAsync(".theirs .bubble"));
        var looks = await page.EvaluateAsync<string[]>(
            $$"""
            () => {
              {{Contrast}}
              const presence = style('.person .avatar', '::after');
              const row = style('.person.active');
              return [
                presence.backgroundColor === style('body').backgroundColor ? 'unseen' : 'seen',
                `${row.outlineStyle} ${row.outlineWidth}`,
              ];
            }
            """
        );
        Assert.Equal(["seen", "solid 2px"], looks);

        // The name of the system's color that the border has.
        Task<string> EdgeAsync(string selector) =>
            page.EvaluateAsync<string>(
                """
                selector => {
                  const style = getComputedStyle(document.querySelector(selector));
                  const probe = document.createElement('i');
                  probe.style.color = 'CanvasText';
                  document.body.append(probe);
                  const text = getComputedStyle(probe).color;
                  probe.remove();
                  const isSolid = style.borderStyle !== 'none' && parseFloat(style.borderWidth) >= 1;
                  return isSolid && style.borderColor === text ? 'CanvasText' : `${style.border}`;
                }
                """,
                selector
            );
    }

    [ChromiumFact]
    public async Task Fades_last_120_ms_unless_motion_is_reduced()
    {
        _ = await design.Peers.Bob.Messages.SendAsync(DesignPage.Alice, "the newest one");
        var page = await design.GoAsync("/c/bob");
        await design.Page.ShowsMessageAsync("the newest one");
        var last = page.Locator(".messages > :nth-last-child(2) .message.theirs:last-child .bubble");
        const string Duration = "bubble => getComputedStyle(bubble).animationDuration";

        Assert.Equal("0.12s", await last.EvaluateAsync<string>(Duration));
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
        Assert.Equal("0s", await last.EvaluateAsync<string>(Duration));
    }

    [ChromiumFact]
    public async Task Every_empty_state_has_its_own_picture_and_text()
    {
        await using var peers = await WebPeers.StartAsync();
        await using var alice = await design.OpenAsync(peers.Alice);
        var (pictures, texts) = (new HashSet<string>(), new HashSet<string>());

        foreach (
            var (path, text) in ((string, string)[])
                [
                    ("/", "Welcome, alice"),
                    ("/invite", "Were you sent a link?"),
                    ("/c/bob", "There are no messages with bob."),
                    ("/search", "Type one or more words."),
                    ("/search?words=nothing-has-this", "No message contains nothing-has-this."),
                    ("/people", "Nobody called nobody-has-this is listed."),
                    ("/not-found", "The address may be mistyped or out of date."),
                ]
        )
        {
            await alice.GoAsync(path);
            if (path == "/people")
            {
                await alice.Page.GetByLabel("Find by name").FillAsync("nobody-has-this");
            }

            await NoteAsync(text);
        }

        _ = pictures.Add(await alice.Page.Locator(".sidebar .picture").InnerHTMLAsync());
        await ApiCalls.ConnectAsync(peers.Alice, "alice", peers.Bob, "bob");
        await alice.GoAsync("/c/bob");
        await NoteAsync("You are connected. Write a message below.");
        _ = await peers.Alice.Messages.SendAsync(DesignPage.Bob, "to be deleted");
        await alice.ShowsMessageAsync("to be deleted");
        _ = await peers.Alice.Messages.DeleteAsync(DesignPage.Bob, null);
        await NoteAsync("Your copy of this conversation is deleted. bob keeps theirs.");
        Assert.Equal(9, texts.Count);
        // Both invite pages show the same envelope, and both fruitless searches the same glass.
        Assert.Equal(8, pictures.Count);
        Assert.Empty(alice.ScriptErrors);

        async Task NoteAsync(string text)
        {
            var content = alice.Page.Locator(".content");
            await Expect(content).ToContainTextAsync(text);
            await Expect(content.Locator(".picture").First).ToBeVisibleAsync();
            // Read together, so that both belong to one state of the page.
            var noted = await content.EvaluateAsync<string[]>(
                "content => [content.querySelector('.picture').innerHTML, content.innerText]"
            );
            _ = pictures.Add(noted[0]);
            _ = texts.Add(noted[1]);
        }
    }

    private sealed class HueLook
    {
        public string Color { get; init; } = "";

        public double Initial { get; init; }

        public double Name { get; init; }

        public double Circle { get; init; }
    }

    private sealed class RowLook
    {
        public string Weight { get; init; } = "";

        public string Preview { get; init; } = "";

        public string Time { get; init; } = "";

        public string Text { get; init; } = "";

        public string Accent { get; init; } = "";
    }

    private sealed class TickLook
    {
        public string Fill { get; init; } = "";

        public string Path { get; init; } = "";

        public double Contrast { get; init; }
    }
}
