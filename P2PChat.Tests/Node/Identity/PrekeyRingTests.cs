using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Node.Identity;

public sealed class PrekeyRingTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly EnvelopeMaker _sender = new();
    private readonly EnvelopeMaker _self = new();
    private readonly DataDirectory _data;

    public PrekeyRingTests() => _data = DataDirectory.Open(Path.Combine(_temp.Path, "alice"));

    private string FilePath => Path.Combine(_data.FullPath, "prekeys.json");

    public void Dispose()
    {
        _data.Dispose();
        _sender.Dispose();
        _self.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void A_prekey_is_there_again_after_a_restart_for_its_owner_only()
    {
        Prekey first;
        using (var ring = Open())
        {
            first = ring.Current()!;
        }

        using var again = Open();

        Assert.Equal(first, again.Current());
        Assert.True(P256Point.IsOnCurve(first.PublicKey.Span));
        AssertOpens(again, Seal(first));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void There_is_a_new_one_each_week()
    {
        using var ring = Open();
        Assert.True(ring.IsRotationDue);
        var first = ring.Current()!;
        Assert.False(ring.IsRotationDue);
        _clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Assert.Equal(first, ring.Current());

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(ring.IsRotationDue);
        var second = ring.Current()!;
        Assert.True(second.Id > first.Id);
        Assert.NotEqual(first.PublicKey, second.PublicKey);
        Assert.False(ring.IsRotationDue);
    }

    [Fact]
    public void An_old_one_opens_mail_until_fifteen_days_after_a_newer_one_was_published_and_is_then_deleted()
    {
        using var ring = Open();
        var first = ring.Current()!;
        ring.Published(first.Id, _clock.GetUtcNow());
        var mail = Seal(first);

        // Away for long: nothing newer was published, and senders went on using it.
        _clock.Advance(TimeSpan.FromDays(40));
        var second = ring.Current()!;
        ring.Published(second.Id, _clock.GetUtcNow());
        _clock.Advance(TimeSpan.FromDays(15) - TimeSpan.FromSeconds(1));
        ring.Published(second.Id, _clock.GetUtcNow());
        AssertOpens(ring, mail);
        using (var restarted = Open())
        {
            AssertOpens(restarted, mail);
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        ring.Published(second.Id, _clock.GetUtcNow());
        Assert.Equal(
            EnvelopeError.UnknownPrekey,
            Assert.Throws<EnvelopeException>(() => ring.Open(mail, _self.PeerId)).Error
        );
        AssertOpens(ring, Seal(second));
        using var after = Open();
        Assert.Equal(
            EnvelopeError.UnknownPrekey,
            Assert.Throws<EnvelopeException>(() => after.Open(mail, _self.PeerId)).Error
        );
    }

    [Fact]
    public void One_that_no_directory_has_taken_replaces_nothing()
    {
        using var ring = Open();
        var first = ring.Current()!;
        ring.Published(first.Id, _clock.GetUtcNow());
        for (var week = 0; week < 5; week++)
        {
            _clock.Advance(TimeSpan.FromDays(8));
            Assert.NotEqual(first, ring.Current());
        }

        AssertOpens(ring, Seal(first));
    }

    [Fact]
    public void Clock_jump_while_publishing_deletes_no_private_half()
    {
        using var ring = Open();
        var first = ring.Current()!;
        var mail = Seal(first);
        _clock.Advance(TimeSpan.FromDays(8));
        var (second, signedAt) = (ring.Current()!, _clock.GetUtcNow());

        _clock.Advance(TimeSpan.FromDays(20));
        ring.Published(second.Id, signedAt);
        ring.Published(second.Id, signedAt);

        AssertOpens(ring, mail);
    }

    [Fact]
    public void One_that_a_clock_far_ahead_has_made_is_replaced_when_the_clock_is_right_again()
    {
        var ahead = new SettableClock();
        ahead.PutForward(TimeSpan.FromDays(400));
        Prekey first;
        using (var ring = new PrekeyRing(_data, ahead, NullLogger<PrekeyRing>.Instance))
        {
            first = ring.Current()!;
        }

        using var right = new PrekeyRing(_data, TimeProvider.System, NullLogger<PrekeyRing>.Instance);
        Assert.True(right.IsRotationDue);
        Assert.Equal(first.Id + 1, right.Current()!.Id);
    }

    [Fact]
    public void One_that_cannot_be_saved_is_not_published()
    {
        using var ring = Open();
        var first = ring.Current()!;
        _clock.Advance(TimeSpan.FromDays(8));
        Directory.Move(_data.FullPath, _data.FullPath + "-gone");

        Assert.Equal(first, ring.Current());
        Assert.True(ring.IsRotationDue);
        Directory.Move(_data.FullPath + "-gone", _data.FullPath);
        Assert.NotEqual(first, ring.Current());
    }

    [Fact]
    public void Prekey_replaced_in_the_year_9999_does_not_block_the_next()
    {
        using (var ring = Open())
        {
            _ = ring.Current();
        }

        File.WriteAllText(
            FilePath,
            File.ReadAllText(FilePath)
                .Replace(
                    "\"replacedAt\": null",
                    "\"replacedAt\": \"9999-12-31T23:00:00+00:00\"",
                    StringComparison.Ordinal
                )
        );
        _clock.Advance(TimeSpan.FromDays(8));

        using var again = Open();
        again.Published(again.Current()!.Id, _clock.GetUtcNow());
        Assert.Contains("9999", File.ReadAllText(FilePath), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"prekeys\":[null]}")]
    [InlineData("{\"prekeys\":[{\"id\":1,\"created\":\"2030-01-01T00:00:00+00:00\",\"privateKey\":\"AAAA\"}]}")]
    [InlineData("{\"prekeys\":[{\"id\":1,\"created\":\"2030-01-01T00:00:00+00:00\",\"privateKey\":\"?\"}]}")]
    public void A_damaged_file_is_refused_and_left_as_it_is(string content)
    {
        File.WriteAllText(FilePath, content);

        var refusal = Assert.Throws<PeerStartException>(() => Open());
        Assert.StartsWith(
            $"{FilePath} is damaged: restore it from a backup",
            refusal.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(content, File.ReadAllText(FilePath));
    }

    private PrekeyRing Open() => new(_data, _clock, NullLogger<PrekeyRing>.Instance);

    private byte[] Seal(Prekey prekey) =>
        Envelope.Seal([EnvelopeMaker.Message("hello")], _sender.Key, _self.PeerId, prekey);

    private void AssertOpens(PrekeyRing ring, byte[] envelope) =>
        Assert.Equal(_sender.PeerId, ring.Open(envelope, _self.PeerId).Sender);
}
