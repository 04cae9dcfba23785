using System.Net;
using System.Security.Cryptography;
using P2PChat.Discovery.Configuration;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;

namespace P2PChat.Tests.Simulation;

/// <summary>A deliberate fault, which the checks of a <see cref="SealedCopySimulation"/> must find.</summary>
internal enum CopyFault
{
    None,

    /// <summary>The directory ignores deletions.</summary>
    DeletionIgnored,

    /// <summary>The directory accepts more than the quotas allow.</summary>
    QuotaIgnored,

    /// <summary>The receiver forgets that it has a file.</summary>
    EndForgotten,

    /// <summary>The sender does not hear that an upload was refused.</summary>
    RefusalHidden,
}

/// <summary>
/// Files that one peer sends to another by way of the directory: random losses of requests and answers, crashes before
/// and after each call, refusals, lost claims, expiry, restores of the sender, links that come and go, clocks that
/// jump, and files that the directory changes.
/// </summary>
internal sealed class SealedCopySimulation : IDisposable
{
    /// <summary>How far the clock of a peer may be off.</summary>
    public static readonly TimeSpan MaxOffset = TimeSpan.FromHours(10);

    /// <summary>All files fit into it.</summary>
    public const int LargeQuota = 400 * 1024;

    private static readonly CopyLane[] Lanes = Enum.GetValues<CopyLane>();

    private readonly Random _random;
    private readonly SealedCopyChecks _checks;
    private readonly SealedCopySteps _steps;
    private readonly int _losses;
    private byte[] _capability = RandomNumberGenerator.GetBytes(32);
    private bool _isContact;
    private bool _isClaimed;
    private bool _isCalm;

    /// <param name="folder">An empty folder for the stores.</param>
    public SealedCopySimulation(int seed, string folder, CopyFault fault = CopyFault.None)
    {
        _random = new Random(seed);
        Fault = fault;
        _losses = _random.Next(3) * 10;
        Quota = new[] { 12 * 1024, 40 * 1024, LargeQuota }[_random.Next(3)];
        Directory = new SimulatedFileDirectory("bob", Path.Combine(folder, "files"), Clock, Configure)
        {
            KeepsFiles = fault == CopyFault.DeletionIgnored,
        };
        Sender = new SimulatedCopyPeer(this, Path.Combine(folder, "alice"), "alice", "bob");
        Receiver = new SimulatedCopyPeer(this, Path.Combine(folder, "bob"), "bob", "alice");
        Claim();
        Sender.Granted(_capability);
        Mail = new SimulatedCopyMail(Sender, Receiver);
        _checks = new SealedCopyChecks(this, Quota);
        _steps = new SealedCopySteps(this, _random);
    }

    public CopyFault Fault { get; }

    public SimulatedFileDirectory Directory { get; }

    public SimulatedClock Clock { get; } = new();

    public SimulatedCopyPeer Sender { get; }

    public SimulatedCopyPeer Receiver { get; }

    public SimulatedCopyMail Mail { get; }

    /// <summary>The receiver's quota at the directory.</summary>
    public int Quota { get; }

    public bool IsLinked { get; private set; }

    /// <summary>Whether the directory cannot be reached.</summary>
    public bool IsAway { get; set; }

    public List<SimulatedCopyFile> Files { get; } = [];

    /// <summary>How many files have come by way of the directory.</summary>
    public int Fetched => _checks.Fetched;

    private IEnumerable<SimulatedCopyPeer> Running => new[] { Sender, Receiver }.Where(peer => peer.IsUp);

    /// <returns>The first violation; null if there is none.</returns>
    public string? Run(int steps)
    {
        for (var step = 0; step < steps && _checks.Violation is null; step++)
        {
            _steps.Next();
        }

        return _checks.Violation ?? Settle();
    }

    public void Dispose()
    {
        Sender.Dispose();
        Receiver.Dispose();
        Directory.Dispose();
    }

    /// <summary>A peer sends a request, which may be lost.</summary>
    public async Task<HttpResponseMessage> AnswerAsync(SimulatedCopyPeer peer, HttpRequestMessage request)
    {
        if (IsAway || IsLost())
        {
            _checks.OnLost(peer);
            throw new HttpRequestException("The request is lost.");
        }

        if (peer == Receiver)
        {
            // Its registrar has noticed that the claim is lost.
            Claim();
        }

        var response = await Directory.AnswerAsync(request);
        if (peer == Sender && request.Method == HttpMethod.Put)
        {
            await _checks.OnUploadedAsync(request, response);
        }

        return response;
    }

    /// <summary>The answer to a request may be lost.</summary>
    public void Lose(SimulatedCopyPeer peer, HttpResponseMessage response)
    {
        if (IsLost())
        {
            _checks.OnLost(peer);
            throw new HttpRequestException("The answer is lost.");
        }

        if (Fault == CopyFault.RefusalHidden && response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            throw new HttpRequestException("The answer is hidden.");
        }
    }

    public void OnStarting(SimulatedCopyPeer peer)
    {
        _checks?.OnLost(peer);
        if (peer == Receiver && Mail is not null)
        {
            _isClaimed = false;
            Claim();
        }

        if (Fault == CopyFault.EndForgotten && peer == Receiver)
        {
            peer.Store.Writer.Call(connection =>
                connection.Run("UPDATE transfers SET state = 1, path = NULL WHERE outgoing = 0 AND state = 3")
            );
        }
    }

    public void OnChanged(StoredTransfer transfer) => _checks.OnChanged(transfer);

    public void OnWorked(SimulatedCopyPeer peer, CopyTask task) => _checks.OnWorked(peer, task);

    /// <summary>Lets both peers work for some time, without faults.</summary>
    public void Pump(TimeSpan time)
    {
        var end = Clock.GetUtcNow() + time;
        while (true)
        {
            while (Running.SelectMany(peer => Lanes.Select(lane => peer.Step(lane))).ToList().Contains(true))
            {
                // There may be more.
            }

            if (Clock.GetUtcNow() >= end)
            {
                return;
            }

            var wait = Running.Select(peer => peer.UntilDue()).Append(end - Clock.GetUtcNow()).Min();
            Advance(wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1));
        }
    }

    /// <summary>A link tells each side the capability, the messages and the ends of the other.</summary>
    public void SetLinked(bool isLinked)
    {
        IsLinked = isLinked && Sender.IsUp && Receiver.IsUp;
        if (!IsLinked)
        {
            return;
        }

        Claim();
        Sender.Granted(_capability);
        Mail.Acknowledge();
        Mail.TellEnds(Files);
    }

    public void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        _checks.OnAdvanced();
        Directory.Sweep();
    }

    /// <summary>The receiver's claim ends. Its next call makes another.</summary>
    public void LoseClaim()
    {
        Directory.RemoveClaim();
        _isClaimed = false;
        if (_random.Next(2) == 0)
        {
            _capability = RandomNumberGenerator.GetBytes(32);
            _checks.HasOneQuota &= !_isContact;
        }
    }

    private void Configure(FileStoreOptions files)
    {
        var quota = Fault == CopyFault.QuotaIgnored ? 10 * Quota : Quota;
        // One of the two is passed first.
        _isContact = _random.Next(2) == 0;
        (files.CapabilityBytes, files.MailboxBytes) = _isContact ? (quota, 2 * quota) : (2 * quota, quota);
    }

    private bool IsLost() => !_isCalm && _random.Next(100) < _losses;

    private void Claim()
    {
        if (!_isClaimed)
        {
            _isClaimed = true;
            Receiver.Registered(Directory.Register());
            Directory.Grant(_capability);
        }
    }

    private string? Settle()
    {
        _isCalm = true;
        Directory.SetOff(false);
        (Directory.IsFull, IsAway) = (false, false);
        foreach (var peer in new[] { Sender, Receiver })
        {
            peer.Clock.Offset = TimeSpan.Zero;
            if (!peer.IsUp)
            {
                peer.Start();
            }
        }

        // What is no longer needed is deleted, and what is lost is uploaded again.
        SetLinked(true);
        if (Quota < LargeQuota || _random.Next(4) == 0)
        {
            // Otherwise files that nobody fetches would use up the quota of the others: damaged ones, and those whose
            // sender does not know that they were stored, and fetched.
            _checks.EndOverLink(Files.Where(file => file.NeedsLink is not null || file.Until is not null));
        }

        Pump(TimeSpan.FromHours(2));
        SetLinked(false);
        while (Mail.Deliver(crashes: false))
        {
            // Everything.
        }

        Mail.Acknowledge();

        foreach (var file in Files.Where(file => file.HasArrived && !file.IsDeletedHere))
        {
            Sender.Accept(file, isOurs: true);
            Receiver.Accept(file, isOurs: false);
        }

        // A receiver that has waited for two weeks asks once a day.
        Pump(TimeSpan.FromDays(4));
        return _checks.Violation ?? _checks.AfterDirectory() ?? _checks.AfterLink();
    }
}
