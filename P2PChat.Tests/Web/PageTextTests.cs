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
    public void DayNames_formats_dates_for_people()
    {
        _clock.Advance(TimeSpan.FromHours(12));
        var days = new DayNames(_clock);

        Assert.Equal("Today", days.Of(At(2030, 1, 1)));
        Assert.Equal("Yesterday", days.Of(At(2029, 12, 31)));
        Assert.Equal("Sunday, 30 December 2029", days.Of(At(2029, 12, 30)));
        Assert.Equal("Wednesday, 2 January", days.Of(At(2030, 1, 2)));
        Assert.Equal("00:00", days.Short(At(2030, 1, 1)));
        Assert.Equal("Mon", days.Short(At(2029, 12, 31)));
        Assert.Equal("20 Dec 2029", days.Short(At(2029, 12, 20)));
        Assert.Equal("just now", days.Ago(_clock.GetUtcNow()));
        Assert.Equal("5 minutes ago", days.Ago(_clock.GetUtcNow().AddMinutes(-5.5)));
        Assert.Equal("today at 09:30", days.Ago(_clock.GetUtcNow().AddHours(-2.5)));
        Assert.Equal("yesterday at 00:00", days.Ago(At(2029, 12, 31)));
        Assert.Equal("on 30 December 2029", days.Ago(At(2029, 12, 30)));
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

        var rows = MessageRow.Of(messages, new DayNames(_clock));

        Assert.Equal(["Yesterday", null, null, null, "Today"], rows.Select(row => row.Day));
        Assert.Equal([true, false, true, true, true], rows.Select(row => row.StartsGroup));
        Assert.Equal([false, true, true, true, true], rows.Select(row => row.EndsGroup));
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

        var days = MessageDay.Of(MessageRow.Of(messages, new DayNames(_clock)));

        Assert.Equal(["Yesterday", "Today", "Yesterday", "Today"], days.Select(day => day.Name));
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
        Assert.Equal(sentence, Sentence.List([.. Enumerable.Range(0, count).Select(i => Username.Parse($"aaa{i}"))]));

    [Fact]
    public void Every_state_and_reason_has_a_text()
    {
        foreach (var state in Enum.GetValues<MessageState>())
        {
            Assert.NotEmpty(MessageStateText.Of(state).Label);
        }

        foreach (var reason in Enum.GetValues<DisconnectReason>())
        {
            Assert.DoesNotContain(reason.ToString(), DisconnectText.Of(Alice, reason) ?? "", StringComparison.Ordinal);
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
