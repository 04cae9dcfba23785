using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Local;
using P2PChat.Discovery.Storage.Sqlite;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Storage.Sqlite;

/// <summary>Leases, claims and mail whose directory is restarted, with clocks that jump meanwhile.</summary>
public sealed class SqliteClockTests : IDisposable
{
    private const string TokenHash = "token";
    private const string CapabilityHash = "capability";

    private readonly TempDirectory _directory = new();
    private readonly DirectoryOptions _options = new();
    private readonly SettableClock _clock = new();
    private readonly TestIdentity _alice = new();
    private SqliteData _data;
    private LocalPeerStore _peers;
    private LocalMailboxStore _mail;
    private LocalMembershipStore _members;

    public SqliteClockTests()
    {
        _data = SqliteData.Open(_directory.Path, _options, _clock);
        _peers = new LocalPeerStore(_data, _clock, Options.Create(_options));
        _mail = new LocalMailboxStore(_data, _clock, Options.Create(_options));
        _members = new LocalMembershipStore(_data, _clock, Options.Create(_options));
    }

    private Username Name => Username.Parse(_alice.Username);

    public void Dispose()
    {
        _data.Dispose();
        _alice.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Lease_and_claim_end_after_their_time_across_restarts()
    {
        await RegisterAsync();
        Restart(_options.Lease - TimeSpan.FromSeconds(1));
        Assert.True((await FindAsync())!.Online);

        Restart(TimeSpan.FromSeconds(2));
        var found = await FindAsync();
        Assert.False(found!.Online);
        Assert.Equal(1, (await _peers.SweepAsync(CancellationToken.None)).Expired);

        await PassHoursAsync(_options.Claim - TimeSpan.FromHours(1));
        Assert.NotNull(await FindAsync());
        await PassHoursAsync(TimeSpan.FromHours(2));
        Assert.Null(await FindAsync());
    }

    [Fact]
    public async Task Renewal_survives_a_restart()
    {
        await RegisterAsync();
        _clock.LetPass(TimeSpan.FromSeconds(20));
        var renewal = await _peers.RenewAsync(Name, TokenHash, CancellationToken.None);
        Assert.Equal(RenewOutcome.Renewed, renewal.Outcome);

        Restart(TimeSpan.FromSeconds(20));

        Assert.True((await FindAsync())!.Online);
        Assert.Equal(0, (await _peers.SweepAsync(CancellationToken.None)).Expired);
    }

    [Fact]
    public async Task Renewal_is_in_the_file_after_a_third_of_a_lease()
    {
        await RegisterAsync();
        _clock.LetPass(TimeSpan.FromSeconds(5));
        _ = await _peers.RenewAsync(Name, TokenHash, CancellationToken.None);
        _clock.LetPass(_options.Lease / 3);
        _ = await _peers.SweepAsync(CancellationToken.None);

        using var copy = new TempDirectory();
        foreach (var file in Directory.GetFiles(_directory.Path, SqliteFile.FileName + "*"))
        {
            File.Copy(file, Path.Combine(copy.Path, Path.GetFileName(file)));
        }

        using var killed = SqliteData.Open(copy.Path, _options, _clock);
        var ends = killed.Run(_ => killed.Claims.Find(_alice.Username)!.Ends);
        Assert.Equal(_data.Run(_ => _data.Claims.Find(_alice.Username)!.Ends), ends);
    }

    [Fact]
    public async Task Renewed_lease_is_not_swept()
    {
        await RegisterAsync();
        for (var renewal = 0; renewal < 8; renewal++)
        {
            _clock.LetPass(TimeSpan.FromSeconds(10));
            _ = await _peers.RenewAsync(Name, TokenHash, CancellationToken.None);
            Assert.Equal(0, (await _peers.SweepAsync(CancellationToken.None)).Expired);
        }

        _clock.LetPass(_options.Lease);
        Assert.Equal(1, (await _peers.SweepAsync(CancellationToken.None)).Expired);
    }

    [Fact]
    public async Task Jump_between_two_processes_frees_no_name_and_drops_no_mail()
    {
        await RegisterAsync();
        await LeaveMailAsync();
        _ = await _peers.SweepAsync(CancellationToken.None);

        Restart(TimeSpan.FromDays(40));

        Assert.Equal((1, 0), await SweptAsync());
        Assert.NotNull(await FindAsync());
        Assert.Equal(0, await _mail.SweepAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(59)]
    [InlineData(61)]
    public async Task Lasting_jump_takes_effect_within_a_day(int minutesBetweenSweeps)
    {
        await RegisterAsync();
        _ = await _peers.SweepAsync(CancellationToken.None);
        Restart(TimeSpan.FromDays(40));

        for (var sweep = 0; sweep < 24; sweep++)
        {
            _clock.LetPass(TimeSpan.FromMinutes(minutesBetweenSweeps));
            _ = await _peers.SweepAsync(CancellationToken.None);
        }

        Assert.Null(await FindAsync());
    }

    [Fact]
    public async Task Join_code_outlives_a_jump_and_ends_on_time()
    {
        var code = new JoinCode("code", "alice", "address", Uses: 1, _clock.GetUtcNow().AddDays(7));
        _ = await _members.AddCodeAsync(code, new JoinCodeLimits(1, 1), CancellationToken.None);
        _ = await _peers.SweepAsync(CancellationToken.None);

        Restart(TimeSpan.FromDays(40));

        Assert.Equal(0, await _members.SweepAsync(CancellationToken.None));
        Assert.True(await _members.ReserveAsync("code", "bob", CancellationToken.None));
        await PassHoursAsync(TimeSpan.FromDays(8));
        Assert.False(await _members.ReserveAsync("code", "bob", CancellationToken.None));
        Assert.Equal(1, await _members.SweepAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Deadlines_set_by_a_fast_clock_are_shortened()
    {
        await RegisterAsync();
        await LeaveMailAsync();

        Restart(TimeSpan.FromDays(-800));

        _clock.LetPass(_options.Lease);
        Assert.Equal((1, 0), await SweptAsync());
        await PassHoursAsync(_options.Mailbox.Kept);
        Assert.Equal(1, await _mail.SweepAsync(CancellationToken.None));
        await PassHoursAsync(_options.Claim - _options.Mailbox.Kept);
        Assert.Null(await FindAsync());
    }

    private async Task<(int Expired, int Freed)> SweptAsync()
    {
        var swept = await _peers.SweepAsync(CancellationToken.None);
        return (swept.Expired, swept.Freed);
    }

    // The machine is off for a time, or its clock is set meanwhile.
    private void Restart(TimeSpan jump)
    {
        _data.Dispose();
        _clock.PutForward(jump);
        _data = SqliteData.Open(_directory.Path, _options, _clock);
        _peers = new LocalPeerStore(_data, _clock, Options.Create(_options));
        _mail = new LocalMailboxStore(_data, _clock, Options.Create(_options));
        _members = new LocalMembershipStore(_data, _clock, Options.Create(_options));
    }

    private async Task PassHoursAsync(TimeSpan time)
    {
        for (var hour = 0; hour < time.TotalHours; hour++)
        {
            _clock.LetPass(TimeSpan.FromHours(1));
            _ = await _peers.SweepAsync(CancellationToken.None);
        }
    }

    private Task<StoredPeer?> FindAsync() => _peers.FindAsync(Name, withRecord: false, CancellationToken.None);

    private async Task RegisterAsync()
    {
        var result = await _peers.RegisterAsync(
            new PeerRegistration(
                Name,
                _alice.PeerId.ToString(),
                1,
                Ephemeral: false,
                Unlisted: false,
                new Claimant("claimant"),
                _alice.Sign(_alice.Record(new string('a', 32))),
                TokenHash
            ),
            CancellationToken.None
        );
        Assert.Equal(RegisterOutcome.Created, result.Outcome);
    }

    private async Task LeaveMailAsync()
    {
        _ = await _mail.GrantAsync(Name, TokenHash, CapabilityHash, CancellationToken.None);
        var deposit = await _mail.DepositAsync(Name, CapabilityHash, [1, 2, 3], CancellationToken.None);
        Assert.Equal(MailboxOutcome.Done, deposit.Outcome);
    }
}
