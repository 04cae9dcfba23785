using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using P2PChat.Node.Mailbox;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Mailbox;

public sealed class MailBacklogTests
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(14);
    private static readonly PeerId Ann = NewId();
    private static readonly PeerId Ben = NewId();

    private readonly MailBacklog _backlog = new();

    [Fact]
    public void Uncommitted_envelope_is_fetched_less_and_less_often()
    {
        _ = _backlog.Register("1", Ann, TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromMinutes(1), _backlog.NextDue);
        Assert.InRange(FetchUntil(Kept), 8, 70);
    }

    [Fact]
    public void Sender_progress_expedites_an_envelope_a_limited_number_of_times()
    {
        _ = _backlog.Register("1", Ann, TimeSpan.Zero);
        var fetches = 0;
        for (var second = 1; second <= Kept.TotalSeconds / 14; second++)
        {
            var now = TimeSpan.FromSeconds(second);
            var small = _backlog.Register("2", Ann, now);
            Assert.Equal("2", _backlog.OnCommitted(small));
            _backlog.Remove("2");
            fetches += Fetch(now);
        }

        Assert.InRange(fetches, 10, 30);
    }

    [Fact]
    public void Progress_of_another_sender_changes_nothing()
    {
        _ = _backlog.Register("1", Ann, TimeSpan.Zero);
        _ = _backlog.OnCommitted(_backlog.Register("2", Ben, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromMinutes(1), _backlog.NextDue);

        _ = _backlog.OnCommitted(_backlog.Register("3", Ann, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromMilliseconds(250), _backlog.NextDue);
    }

    [Fact]
    public void Envelope_keeps_its_number()
    {
        var number = _backlog.Register("1", Ann, TimeSpan.Zero);
        Assert.NotEqual(number, _backlog.Register("2", Ann, TimeSpan.Zero));
        Assert.Equal(number, _backlog.Register("1", Ann, TimeSpan.FromMinutes(1)));
        _backlog.Remove("1");
        Assert.Null(_backlog.OnCommitted(number));
    }

    [Fact]
    public void Run_begins_after_the_preceding_envelope()
    {
        for (var i = 1; i <= 5; i++)
        {
            _ = _backlog.Register(Id(i), Ann, TimeSpan.FromMinutes(i == 3 ? 10 : 0));
        }

        var first = _backlog.FindDue(TimeSpan.FromMinutes(2), most: 64)!.Value;
        Assert.Null(first.After);
        Assert.Equal(["1", "2"], first.Ids);
        Assert.Equal(["1"], _backlog.FindDue(TimeSpan.FromMinutes(2), most: 1)!.Value.Ids);
        _backlog.OnFetched(first, [], isLast: true, TimeSpan.FromMinutes(2));
        var second = _backlog.FindDue(TimeSpan.FromMinutes(2), most: 64)!.Value;
        Assert.Equal("3", second.After);
        Assert.Equal(["4", "5"], second.Ids);
        Assert.Equal("5", _backlog.Newest);
    }

    [Fact]
    public void Envelope_that_left_the_mailbox_is_removed()
    {
        for (var i = 1; i <= 4; i++)
        {
            _ = _backlog.Register(Id(i), Ann, TimeSpan.Zero);
        }

        var now = TimeSpan.FromMinutes(1);
        var run = _backlog.FindDue(now, most: 64)!.Value;
        _ = _backlog.Register("2", Ann, now);

        // The page ended after the second.
        _backlog.OnFetched(run, ["2"], isLast: false, now);

        Assert.False(_backlog.Contains("1"));
        Assert.Equal(["3", "4"], _backlog.FindDue(now, most: 64)!.Value.Ids);
    }

    [Fact]
    public void Page_without_the_requested_envelopes_is_not_repeated_at_once()
    {
        _ = _backlog.Register("1", Ann, TimeSpan.Zero);
        var now = TimeSpan.FromMinutes(1);
        _backlog.OnFetched(_backlog.FindDue(now, most: 64)!.Value, ["7"], isLast: false, now);

        Assert.Null(_backlog.FindDue(now, most: 64));
        Assert.Equal(now + TimeSpan.FromMinutes(2), _backlog.NextDue);
    }

    [Fact]
    public void Full_backlog_of_one_sender_costs_little_per_envelope()
    {
        var now = TimeSpan.FromMinutes(1);
        var numbers = Enumerable
            .Range(0, MailBacklog.Max)
            .Select(number => _backlog.Register(Id(number), Ann, TimeSpan.Zero))
            .ToList();
        var began = Stopwatch.GetTimestamp();

        foreach (var number in numbers)
        {
            Assert.NotNull(_backlog.OnCommitted(number));
            _ = _backlog.NextDue;
            _ = _backlog.FindDue(now, most: 1);
        }

        // If each step walked through all envelopes, this would take minutes.
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.Null(_backlog.NextDue);
    }

    [Fact]
    public void Due_envelopes_come_in_mailbox_order()
    {
        for (var i = 1; i <= 3; i++)
        {
            _ = _backlog.Register(Id(i), i == 2 ? Ben : Ann, TimeSpan.FromSeconds(10 - i));
        }

        Assert.Equal(["3"], _backlog.FindDue(TimeSpan.FromSeconds(67.5), most: 64)!.Value.Ids);
        Assert.Equal(["1", "2", "3"], _backlog.FindDue(TimeSpan.FromSeconds(70), most: 64)!.Value.Ids);
    }

    [Fact]
    public void Cleared_backlog_is_empty_and_never_reuses_a_number()
    {
        var number = _backlog.Register("2", Ann, TimeSpan.Zero);
        _backlog.Clear();

        Assert.Null(_backlog.Newest);
        Assert.Null(_backlog.NextDue);
        Assert.Null(_backlog.FindDue(Kept, most: 1));
        Assert.Null(_backlog.OnCommitted(number));
        Assert.NotEqual(number, _backlog.Register("1", Ann, TimeSpan.Zero));
    }

    private int FetchUntil(TimeSpan end)
    {
        var fetches = 0;
        while (_backlog.NextDue is { } due && due <= end)
        {
            fetches += Fetch(due);
        }

        return fetches;
    }

    private int Fetch(TimeSpan now)
    {
        var fetches = 0;
        while (_backlog.FindDue(now, most: 64) is { } run)
        {
            foreach (var id in run.Ids)
            {
                _ = _backlog.Register(id, Ann, now);
            }

            _backlog.OnFetched(run, run.Ids.ToList(), isLast: true, now);
            fetches++;
        }

        return fetches;
    }

    private static string Id(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static PeerId NewId()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return PeerId.FromPublicKey(key.ExportSubjectPublicKeyInfo());
    }
}
