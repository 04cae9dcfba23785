using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Web;

/// <summary>The texts of the page.</summary>
public sealed class PageTextTests
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    // Tuesday, 1 January 2030, at midnight.
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void PageTimeZone_decides_where_a_day_ends()
    {
        var zone = new PageTimeZone(_clock);
        var evening = At(2030, 1, 1).AddHours(20);
        Assert.True(zone.IsSameDay(evening, evening.AddHours(3)));

        Assert.True(zone.TrySet("Asia/Tokyo"));

        Assert.Equal((new DateOnly(2030, 1, 2), "Asia/Tokyo"), (zone.DateOf(evening), zone.Id));
        Assert.False(zone.IsSameDay(At(2030, 1, 1), evening));
        Assert.False(zone.TrySet("Asia/Tokyo"));
        Assert.True(zone.TrySet("America/Argentina/Buenos_Aires"));
        Assert.True(zone.TrySet("Etc/GMT+1"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Europe/Nowhere")]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("Europe/Berlin\n")]
    public void Unknown_time_zone_is_ignored(string? id)
    {
        var zone = new PageTimeZone(_clock);

        Assert.False(zone.TrySet(id));
        Assert.Equal(new DateOnly(2030, 1, 1), zone.DateOf(At(2030, 1, 1).AddHours(23)));
    }

    [Fact]
    public void Messages_are_grouped_until_a_pause_or_midnight()
    {
        var start = At(2029, 12, 31).AddHours(23).AddMinutes(50);
        Message[] messages =
        [
            NewMessage(Alice, start),
            NewMessage(Alice, start.AddMinutes(1)),
            NewMessage(Bob, start.AddMinutes(2)),
            NewMessage(Bob, start.AddMinutes(8)),
            NewMessage(Bob, start.AddMinutes(11)),
        ];

        var rows = MessageRow.Of(messages, new PageTimeZone(_clock));

        Assert.Equal(
            [new DateOnly(2029, 12, 31), null, null, null, new DateOnly(2030, 1, 1)],
            rows.Select(row => row.Day)
        );
        Assert.Equal([true, false, true, true, true], rows.Select(row => row.StartsGroup));
        Assert.Equal([false, true, true, true, true], rows.Select(row => row.EndsGroup));
    }

    [Fact]
    public void Edited_message_within_a_group_shows_that_it_was_edited()
    {
        var start = At(2030, 1, 1);
        Message[] messages =
        [
            NewMessage(Bob, start),
            NewMessage(Bob, start.AddSeconds(1)) with
            {
                EditedAt = start.AddSeconds(3),
            },
            NewMessage(Bob, start.AddSeconds(2)),
        ];

        var rows = MessageRow.Of(messages, new PageTimeZone(_clock));

        Assert.Equal([false, true, true], rows.Select(row => row.IsTimed));
    }

    [Fact]
    public void Repeated_day_gets_its_own_group()
    {
        _clock.Advance(TimeSpan.FromHours(12));
        var (today, yesterday) = (At(2030, 1, 1), At(2029, 12, 31));
        Message[] messages =
        [
            NewMessage(Alice, yesterday),
            NewMessage(Bob, today),
            NewMessage(Alice, yesterday),
            NewMessage(Alice, yesterday),
            NewMessage(Bob, today),
        ];

        var days = MessageDay.Of(MessageRow.Of(messages, new PageTimeZone(_clock)));

        Assert.Equal([31, 1, 31, 1], days.Select(day => day.Date.Day));
        Assert.Equal([1, 1, 2, 1], days.Select(day => day.Rows.Count));
        Assert.Equal(4, days.Select(day => day.Key).Distinct().Count());
        Assert.Empty(MessageDay.Of([]));
    }

    [Theory]
    [InlineData(0, "nobody")]
    [InlineData(1, "aaa0")]
    [InlineData(2, "aaa0 and aaa1")]
    [InlineData(6, "aaa0, aaa1, aaa2, aaa3, aaa4 and aaa5")]
    [InlineData(12, "aaa0, aaa1, aaa2, aaa3, aaa4 and 7 more")]
    public void Sentence_lists_names(int count, string sentence) =>
        Assert.Equal(sentence, Sentence.List([.. Enumerable.Range(0, count).Select(i => $"aaa{i}")]));

    [Fact]
    public void Every_state_and_reason_has_a_text()
    {
        foreach (var state in Enum.GetValues<MessageState>())
        {
            Assert.NotEmpty(MessageStateText.Of(state).Label);
        }

        foreach (var reason in Enum.GetValues<DisconnectReason>())
        {
            Assert.DoesNotContain(
                reason.ToString(),
                DisconnectText.Of("alice", reason) ?? "",
                StringComparison.Ordinal
            );
        }

        foreach (var state in Enum.GetValues<DirectoryState>())
        {
            Assert.NotEmpty(DirectoryStatusText.Of(new PeerStatus(Alice, default, null, state, null, 0, 0)).Sentence);
        }
    }

    [Fact]
    public void Registered_peer_with_a_problem_shows_it()
    {
        var text = DirectoryStatusText.Of(
            new PeerStatus(Alice, default, null, DirectoryState.Registered, "Another copy is running.", 0, 0)
        );

        Assert.Equal(("Another copy is running.", false), (text.Sentence, text.IsHealthy));
    }

    [Theory]
    [InlineData(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
        "Chrome on Linux"
    )]
    [InlineData(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            + "Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
        "Edge on Windows"
    )]
    [InlineData(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:130.0) Gecko/20100101 Firefox/130.0",
        "Firefox on macOS"
    )]
    [InlineData("curl/8", "A browser")]
    public void BrowserName_is_found_in_the_user_agent(string userAgent, string name) =>
        Assert.Equal(name, BrowserName.Of(userAgent));

    [Theory]
    [InlineData("the Needle is here", "needle", "the [Needle] is here")]
    [InlineData("two words, and Words", "two wor", "[two] [words], and [Words]")]
    [InlineData("<b>x</b>", "x", "<b>[x]</b>")]
    [InlineData("line\nbreak", "break", "line [break]")]
    [InlineData("turned \u202eback", "back", "turned <U+202E>[back]")]
    [InlineData("nothing", "else", "nothing")]
    [InlineData("", "else", "")]
    public void Excerpt_marks_the_search_words(string text, string words, string expected) =>
        Assert.Equal(
            expected,
            string.Concat(Excerpt.Of(text, words).Select(part => part.IsMatch ? $"[{part.Text}]" : part.Text))
        );

    [Theory]
    [InlineData("the Needle is here", "needle", "the [Needle] is here")]
    [InlineData("nothing", "else", "nothing")]
    public void Split_marks_the_search_words_of_a_whole_text(string text, string words, string expected) =>
        Assert.Equal(
            expected,
            string.Concat(Excerpt.Split(text, words).Select(part => part.IsMatch ? $"[{part.Text}]" : part.Text))
        );

    [Fact]
    public void Excerpt_of_a_long_text_surrounds_the_first_match()
    {
        var text =
            $"{string.Concat(Enumerable.Repeat("before ", 100))}needle "
            + string.Concat(Enumerable.Repeat("after ", 100));

        var shown = string.Concat(Excerpt.Of(text, "needle").Select(part => part.Text));

        Assert.InRange(shown.Length, 100, 240);
        Assert.StartsWith("… before", shown, StringComparison.Ordinal);
        Assert.Contains("needle", shown, StringComparison.Ordinal);
        Assert.EndsWith(" …", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void QrPath_draws_whole_modules()
    {
        var (path, size) = QrPath.Of("P2PCHAT:SAFETY:1:A:B");

        Assert.InRange(size, 29, 60);
        Assert.Matches("^(M[0-9]+ [0-9]+h[0-9]+v1H[0-9]+z)+$", path);
    }

    private static DateTimeOffset At(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);

    private static Message NewMessage(Username from, DateTimeOffset sentAt) =>
        new(Guid.NewGuid(), 1, from, Bob, "text", sentAt, MessageState.Sent);
}
