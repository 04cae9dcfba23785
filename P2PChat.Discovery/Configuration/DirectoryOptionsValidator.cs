using System.Net;
using Microsoft.Extensions.Options;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Configuration;

/// <summary>Rejects options that cannot work, with one sentence per option.</summary>
internal sealed class DirectoryOptionsValidator : IValidateOptions<DirectoryOptions>
{
    private readonly List<string> _failures = [];

    public ValidateOptionsResult Validate(string? name, DirectoryOptions options)
    {
        _failures.Clear();
        Between(nameof(options.Lease), options.Lease, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Between(nameof(options.RenewEvery), options.RenewEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Between(nameof(options.Claim), options.Claim, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(3650));
        // The contract promises the event within 5 s of the end of a lease, so a sweep must take place in that time.
        Between(nameof(options.SweepEvery), options.SweepEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(4));
        Between(nameof(options.PollEvery), options.PollEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Between(nameof(options.Heartbeat), options.Heartbeat, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5));
        Between(
            nameof(options.StoreTimeout),
            options.StoreTimeout,
            TimeSpan.FromMilliseconds(50),
            TimeSpan.FromSeconds(30)
        );
        Between(
            nameof(options.StoreRetryAfter),
            options.StoreRetryAfter,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(5)
        );

        if (options.OperatorKey is { Length: > 0 and < 16 })
        {
            Fail(
                nameof(options.OperatorKey),
                "must have at least 16 characters. Choose a long random value, or remove the setting."
            );
        }

        if (options.ClaimantKey is { Length: > 0 and < 16 })
        {
            Fail(
                nameof(options.ClaimantKey),
                "must have at least 16 characters. Choose a long random value, or remove the setting."
            );
        }

        if (options.RenewJitter is < 0 or > 0.5)
        {
            Fail(nameof(options.RenewJitter), "must be between 0 and 0.5.");
        }

        if (options.RenewEvery * (1 + options.RenewJitter) >= options.Lease)
        {
            Fail(
                nameof(options.RenewEvery),
                "plus its jitter must be shorter than Directory:Lease, or peers expire before they renew."
            );
        }

        if (options.PageSize > options.MaxPageSize)
        {
            Fail(nameof(options.PageSize), "must not be above Directory:MaxPageSize.");
        }

        foreach (var proxy in options.KnownProxies)
        {
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _))
            {
                Fail(
                    nameof(options.KnownProxies),
                    $"contains '{proxy}', which is neither an IP address nor a network such as 10.0.0.0/8."
                );
            }
        }

        AtLeast(nameof(options.EventsKept), options.EventsKept, 1);
        AtLeast(nameof(options.EventBuffer), options.EventBuffer, 1);
        AtLeast(nameof(options.EventListeners), options.EventListeners, 1);
        AtLeast(nameof(options.EventListenersPerAddress), options.EventListenersPerAddress, 1);
        AtLeast(nameof(options.EventNames), options.EventNames, 1);
        AtLeast(nameof(options.PageSize), options.PageSize, 1);
        AtLeast(nameof(options.ClaimsPerAddress), options.ClaimsPerAddress, 1);
        AtLeast(nameof(options.ClaimsInTotal), options.ClaimsInTotal, 1);
        AtLeast(nameof(options.RegistrationBodyBytes), options.RegistrationBodyBytes, 1024);
        AtLeast(nameof(options.LastKnownPeers), options.LastKnownPeers, 0);

        CheckMailbox(options.Mailbox);
        foreach (var (option, problem) in FileStoreOptionsCheck.Problems(options))
        {
            Fail(option, problem);
        }

        CheckRequestBox(options.RequestBox);
        CheckJoinCodes(options.JoinCodes);
        CheckPaths(options.Paths);
        CheckStun(options.Stun);
        CheckRelay(options.Relay);

        CheckRate(nameof(RateLimitOptions.Calls), options.RateLimits.Calls);
        CheckRate(nameof(RateLimitOptions.SignedCalls), options.RateLimits.SignedCalls);
        CheckRate(nameof(RateLimitOptions.Deposits), options.RateLimits.Deposits);
        CheckRate(nameof(RateLimitOptions.Files), options.RateLimits.Files);
        CheckRate(nameof(RateLimitOptions.Identity), options.RateLimits.Identity);
        CheckRate(nameof(RateLimitOptions.JoinCodes), options.RateLimits.JoinCodes);
        CheckRate(nameof(RateLimitOptions.Sessions), options.RateLimits.Sessions);
        CheckRate(nameof(RateLimitOptions.SessionsByIdentity), options.RateLimits.SessionsByIdentity);
        CheckRate(nameof(RateLimitOptions.NewNames), options.RateLimits.NewNames);
        CheckRate(nameof(RateLimitOptions.Returns), options.RateLimits.Returns);
        CheckRate(nameof(RateLimitOptions.Stun), options.RateLimits.Stun);

        return _failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_failures);
    }

    private void CheckMailbox(MailboxOptions mailbox)
    {
        static string Under(string option) => $"{nameof(DirectoryOptions.Mailbox)}:{option}";

        AtLeast(Under(nameof(mailbox.CapabilityEnvelopes)), mailbox.CapabilityEnvelopes, 1);
        AtLeast(Under(nameof(mailbox.CapabilityBytes)), mailbox.CapabilityBytes, mailbox.EnvelopeBytes);
        AtLeast(Under(nameof(mailbox.MailboxBytes)), mailbox.MailboxBytes, mailbox.EnvelopeBytes);
        AtLeast(Under(nameof(mailbox.Capabilities)), mailbox.Capabilities, 1);
        AtLeast(Under(nameof(mailbox.PageSize)), mailbox.PageSize, 1);
        AtLeast(Under(nameof(mailbox.MaxPageSize)), mailbox.MaxPageSize, mailbox.PageSize);
        AtLeast(Under(nameof(mailbox.SignalListeners)), mailbox.SignalListeners, 1);
        AtLeast(Under(nameof(mailbox.SignalListenersPerName)), mailbox.SignalListenersPerName, 1);
        Between(Under(nameof(mailbox.Kept)), mailbox.Kept, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(3650));
        Between(
            Under(nameof(mailbox.SweepEvery)),
            mailbox.SweepEvery,
            TimeSpan.FromMilliseconds(10),
            TimeSpan.FromHours(1)
        );
        Between(
            Under(nameof(mailbox.FullRetryAfter)),
            mailbox.FullRetryAfter,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromDays(1)
        );
        // A page in base64 must fit into the 4 MiB that a peer reads of a response.
        if (mailbox.PageBytes is < 1 or > 2 * 1024 * 1024)
        {
            Fail(
                Under(nameof(mailbox.PageBytes)),
                $"is {mailbox.PageBytes}, but must be between 1 and {2 * 1024 * 1024}."
            );
        }

        if (mailbox.EnvelopeBytes is < 1024 or > 1024 * 1024)
        {
            Fail(
                Under(nameof(mailbox.EnvelopeBytes)),
                $"is {mailbox.EnvelopeBytes}, but must be between 1024 and {1024 * 1024}."
            );
        }
        // One request deletes all ids of a page, and Kestrel limits the request line to 8 KiB.
        if (mailbox.MaxPageSize > 400)
        {
            Fail(Under(nameof(mailbox.MaxPageSize)), "must not be above 400.");
        }
    }

    private void CheckRequestBox(RequestBoxOptions box)
    {
        static string Under(string option) => $"{nameof(DirectoryOptions.RequestBox)}:{option}";

        AtLeast(Under(nameof(box.Envelopes)), box.Envelopes, 1);
        AtLeast(Under(nameof(box.PerSender)), box.PerSender, 1);
        AtLeast(Under(nameof(box.PerAddress)), box.PerAddress, 1);
        Between(Under(nameof(box.Kept)), box.Kept, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(3650));
        // All requests of a box are on one page.
        if (box.Envelopes > 256)
        {
            Fail(Under(nameof(box.Envelopes)), "must not be above 256.");
        }
    }

    private void CheckJoinCodes(JoinCodeOptions codes)
    {
        static string Under(string option) => $"{nameof(DirectoryOptions.JoinCodes)}:{option}";

        AtLeast(Under(nameof(codes.PerIdentity)), codes.PerIdentity, 1);
        AtLeast(Under(nameof(codes.PerAddress)), codes.PerAddress, 1);
        AtLeast(Under(nameof(codes.PageSize)), codes.PageSize, 1);
        AtLeast(Under(nameof(codes.MaxPageSize)), codes.MaxPageSize, codes.PageSize);
        Between(
            Under(nameof(codes.MemberKept)),
            codes.MemberKept,
            TimeSpan.FromMilliseconds(100),
            TimeSpan.FromDays(36500)
        );
        Between(
            Under(nameof(codes.SweepEvery)),
            codes.SweepEvery,
            TimeSpan.FromMilliseconds(10),
            TimeSpan.FromHours(1)
        );
    }

    private void CheckRelay(RelayOptions relay)
    {
        static string Under(string option) => $"{nameof(DirectoryOptions.Relay)}:{option}";

        Between(Under(nameof(relay.Wait)), relay.Wait, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Between(Under(nameof(relay.Idle)), relay.Idle, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        Between(Under(nameof(relay.Duration)), relay.Duration, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(30));
        AtLeast(Under(nameof(relay.BytesPerSession)), relay.BytesPerSession, 0);
        AtLeast(Under(nameof(relay.SessionsPerIdentity)), relay.SessionsPerIdentity, 1);
        AtLeast(Under(nameof(relay.SessionsPerAddress)), relay.SessionsPerAddress, 1);
        AtLeast(Under(nameof(relay.SessionsInTotal)), relay.SessionsInTotal, 1);
        // The bytes in flight through the relay must not take minutes to arrive.
        if (relay.BytesPerSecond is not (0 or >= 16 * 1024))
        {
            Fail(Under(nameof(relay.BytesPerSecond)), $"is {relay.BytesPerSecond}, but must be 0 or at least 16384.");
        }

        if (
            relay.InternalAddress is { Length: > 0 } address
            && !(
                Uri.TryCreate(address, UriKind.Absolute, out var uri)
                && uri.Scheme is "http" or "https"
                && UriHost.IsValid(uri)
            )
        )
        {
            Fail(
                Under(nameof(relay.InternalAddress)),
                $"is '{address}', which is not an address such as http://10.0.0.7:8080."
            );
        }
    }

    private void CheckPaths(PathOptions paths)
    {
        static string Under(string option) => $"{nameof(DirectoryOptions.Paths)}:{option}";

        Between(Under(nameof(paths.Kept)), paths.Kept, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        AtLeast(Under(nameof(paths.SessionsPerPair)), paths.SessionsPerPair, 1);
        AtLeast(Under(nameof(paths.SessionsPerIdentity)), paths.SessionsPerIdentity, 1);
        AtLeast(Under(nameof(paths.SessionsPerCallee)), paths.SessionsPerCallee, 1);
        AtLeast(Under(nameof(paths.SessionsPerCalleeAndAddress)), paths.SessionsPerCalleeAndAddress, 1);
        AtLeast(Under(nameof(paths.SessionsPerAddress)), paths.SessionsPerAddress, 1);
        AtLeast(Under(nameof(paths.SessionsInTotal)), paths.SessionsInTotal, 1);
        AtLeast(Under(nameof(paths.SignalBuffer)), paths.SignalBuffer, 1);
    }

    private void CheckStun(StunOptions stun)
    {
        static string Under(string option) => $"{nameof(DirectoryOptions.Stun)}:{option}";

        foreach (var (option, problem) in StunOptionsCheck.Problems(stun))
        {
            Fail(Under(option), problem);
        }

        AtLeast(Under(nameof(stun.Connections)), stun.Connections, 1);
        AtLeast(Under(nameof(stun.ConnectionsPerAddress)), stun.ConnectionsPerAddress, 1);
        Between(Under(nameof(stun.IdleTimeout)), stun.IdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
    }

    private void Between(string option, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        // "30" alone is parsed as 30 days, hence the reminder.
        if (value < least || value > most)
        {
            Fail(option, $"is {value}, but must be between {least} and {most}. Write 30 seconds as 00:00:30.");
        }
    }

    private void AtLeast(string option, long value, long least)
    {
        if (value < least)
        {
            Fail(option, $"is {value}, but must be at least {least}.");
        }
    }

    private void CheckRate(string option, RateLimit limit)
    {
        if (limit.Burst < 1 || limit.PerSecond is not (>= 0.001 and <= 1_000_000))
        {
            Fail(
                $"RateLimits:{option}",
                "needs a Burst of at least 1 and a PerSecond between 0.001 and 1000000. To turn off all limits, set "
                    + "Directory:RateLimits:Enabled to false."
            );
        }
    }

    private void Fail(string option, string problem) => _failures.Add($"{DirectoryOptions.Section}:{option} {problem}");
}
